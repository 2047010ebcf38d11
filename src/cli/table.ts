// Rows of text as a table for the terminal.

import type { Style } from './style.ts'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

/** Cells aligned under their titles, two spaces between columns; control characters are made visible. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: Pick<Style, 'bold' | 'dim'> = PLAIN,
): string {
  const cells = rows.map((row) => columns.map((_, index) => printable(row[index] ?? '')))
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => row[index]?.length ?? 0)),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.align))
      .join('  ')
      .trimEnd()
  const head = line(columns.map(({ title }) => title))
  const rule = line(widths.map((width) => '-'.repeat(width)))
  return `${style.bold(head)}\n${style.dim(rule)}\n${cells.map((row) => `${line(row)}\n`).join('')}`
}

const PLAIN = { bold: (text: string) => text, dim: (text: string) => text }

/** What comes from a provider may hold escape sequences, which a terminal would obey. */
export function printable(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

function pad(text: string, width: number, align: Column['align']): string {
  return align === 'right' ? text.padStart(width) : text.padEnd(width)
}
