// A table that becomes a list of cards where the screen is narrow.

import { exactUsd, formatCount, formatUsd } from './amounts.ts'
import { type Child, create } from './elements.ts'

export interface Column<Row> {
  readonly title: string
  readonly isNumber?: boolean
  readonly cell: (row: Row) => Child
}

export interface TableOptions<Row> {
  /** Says what the table shows; read out, not seen. */
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly total?: Row | undefined
  /** Columns as wide as in other tables of the kind. */
  readonly isEven?: boolean
}

export function buildTable<Row>({
  caption,
  columns,
  rows,
  total,
  isEven = false,
}: TableOptions<Row>): HTMLTableElement {
  const head = columns.map(({ title, isNumber = false }) =>
    create('th', { scope: 'col', class: isNumber ? 'number' : null }, title),
  )
  return create(
    'table',
    { class: isEven ? 'even' : null },
    create('caption', { class: 'unseen' }, caption),
    create('thead', {}, create('tr', {}, ...head)),
    create('tbody', {}, ...rows.map((row) => buildRow(columns, row))),
    ...(total === undefined ? [] : [create('tfoot', {}, buildRow(columns, total))]),
  )
}

function buildRow<Row>(columns: readonly Column<Row>[], row: Row): HTMLTableRowElement {
  const cells = columns.map(({ title, isNumber = false, cell }, index) => {
    const attributes = { 'data-title': title, class: isNumber ? 'number' : null }
    // The first one names the row, to whoever hears it.
    return index === 0
      ? create('th', { ...attributes, scope: 'row' }, cell(row))
      : create('td', attributes, cell(row))
  })
  return create('tr', {}, ...cells)
}

/** The exact amount stands in `value` and in the hint. */
export function usd(amount: number, decimals?: number): HTMLDataElement {
  const exact = exactUsd(amount)
  return create('data', { value: exact, title: `${exact} USD` }, formatUsd(amount, decimals))
}

export function count(amount: number): HTMLDataElement {
  return create('data', { value: amount }, formatCount(amount))
}

export function missing(): HTMLElement {
  return create('span', { class: 'quiet' }, '–')
}

export function orMissing(text: string | null): Child {
  return text === null ? missing() : text
}
