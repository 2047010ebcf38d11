// One line of the demonstration's table, printed as soon as its request was answered, in 100 columns or in 80.

import { cell, readField, readList } from '../answer.ts'
import { printable } from '../table.ts'
import type { Outcome, Step } from './step.ts'

const TITLES = {
  number: '#',
  request: 'request',
  tier: 'tier',
  chosen: 'chosen',
  why: 'why',
  tokens: 'tokens',
  cost: 'µUSD',
  saved: 'saved',
}
type CellName = keyof typeof TITLES
type Cells = Readonly<Record<CellName, string>>

const RIGHT_ALIGNED: ReadonlySet<CellName> = new Set(['number', 'tokens', 'cost', 'saved'])

/** Widths of the cells, in their order. */
type Layout = readonly (readonly [name: CellName, width: number])[]

/** 100 columns, never more. */
const WIDE: Layout = [
  ['number', 2],
  ['request', 14],
  ['tier', 8],
  ['chosen', 31],
  ['why', 14],
  ['tokens', 10],
  ['cost', 9],
  ['saved', 5],
]
/** 80 columns, never more. */
const NARROW: Layout = [
  ['request', 14],
  ['tier', 8],
  ['chosen', 22],
  ['why', 9],
  ['tokens', 9],
  ['cost', 7],
  ['saved', 5],
]
const WIDE_COLUMNS = 100

export interface RowInput {
  readonly number: number
  readonly step: Step
  readonly asked: string
  readonly outcome: Outcome
  /** The request as the ledger has it; null when it was refused. */
  readonly details: unknown
}

export interface RowFormat {
  header(): string
  row(input: RowInput): string
}

/** For a terminal of so many columns. */
export function createRowFormat(columns: number): RowFormat {
  const isNarrow = columns < WIDE_COLUMNS
  const layout = isNarrow ? NARROW : WIDE
  return {
    header: () => layOut(layout, TITLES),
    row: (input) => layOut(layout, cellsOf(input, isNarrow)),
  }
}

function cellsOf({ number, step, asked, outcome, details }: RowInput, isNarrow: boolean): Cells {
  const first = { number: String(number), request: step.title }
  if (outcome.code !== null || details === null) {
    const chosen = `${outcome.status} ${outcome.code ?? ''}`
    return { ...first, tier: '-', chosen, why: 'refused', tokens: '-', cost: '0', saved: '-' }
  }
  return {
    ...first,
    tier: cell(readField(details, 'tier')),
    chosen: `${cell(readField(details, 'provider'))}/${cell(readField(details, 'model'))}`,
    why: whyChosen(asked, details, isNarrow),
    tokens: `${shortCount(readField(details, 'input_tokens'))}+${shortCount(readField(details, 'output_tokens'))}`,
    cost: microUsd(readField(details, 'cost_usd')),
    saved: savedShare(readField(details, 'saved_usd'), readField(details, 'baseline_usd')),
  }
}

function layOut(layout: Layout, cells: Cells): string {
  return layout
    .map(([name, width]) => {
      const text = fit(printable(cells[name]), width)
      return RIGHT_ALIGNED.has(name) ? text.padStart(width) : text.padEnd(width)
    })
    .join(' ')
    .trimEnd()
}

function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}

/** The reason in a few words: what stood in the way of the first choice, or how many routes it was cheaper than. */
function whyChosen(asked: string, details: unknown, isNarrow: boolean): string {
  const attempts = readList(details, 'attempts')
  if (attempts.length > 1) {
    const [failed] = attempts
    const status = cell(readField(failed, 'status'))
    return isNarrow ? `after ${status}` : `${cell(readField(failed, 'provider'))} ${status}`
  }
  if (asked.includes('/')) return 'pinned'
  const candidates = readList(readField(details, 'decision'), 'candidates')
  const eligible = candidates.filter((candidate) => readField(candidate, 'verdict') !== 'ineligible').length
  if (isNarrow) return `1st of ${eligible}`
  const chosen = candidates.find((candidate) => readField(candidate, 'verdict') === 'chosen')
  const isFaster = readField(chosen, 'reason') !== 'cheapest'
  return isFaster ? `faster, of ${eligible}` : `cheapest of ${eligible}`
}

function shortCount(value: unknown): string {
  if (typeof value !== 'number') return '-'
  if (value < 10_000) return String(value)
  return value < 1_000_000 ? `${Math.round(value / 1000)}k` : `${(value / 1e6).toFixed(1)}M`
}

function microUsd(value: unknown): string {
  if (typeof value !== 'number') return '-'
  const micro = value * 1e6
  return micro.toFixed(micro < 10_000 ? 2 : 0)
}

export function savedShare(saved: unknown, baseline: unknown): string {
  if (typeof saved !== 'number' || typeof baseline !== 'number' || baseline <= 0) return '-'
  const percent = Math.round((100 * saved) / baseline)
  return percent < -99 ? '<-99' : `${percent}%`
}
