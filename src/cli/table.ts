// Rows of text as a table for the terminal.

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

/** Cells aligned under their titles, two spaces between columns; control characters are made visible. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => columns.map((_, index) => printable(row[index] ?? '')))
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => row[index]?.length ?? 0)),
  )
  const line = (row: readonly string[]): string =>
    `${row
      .map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.align))
      .join('  ')
      .trimEnd()}\n`
  const rule = line(widths.map((width) => '-'.repeat(width)))
  return line(columns.map(({ title }) => title)) + rule + cells.map(line).join('')
}

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
