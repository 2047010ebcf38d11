// One line of the demonstration's table, printed as soon as its request was answered: 100 columns, never more.

import { cell, readField, readList } from '../answer.ts'
import { printable } from '../table.ts'
import type { Outcome, Step } from './step.ts'

const COLUMNS = [
  { title: '#', width: 2, align: 'right' },
  { title: 'request', width: 19, align: 'left' },
  { title: 'tier', width: 8, align: 'left' },
  { title: 'chosen', width: 27, align: 'left' },
  { title: 'why', width: 14, align: 'left' },
  { title: 'tokens', width: 10, align: 'right' },
  { title: 'µUSD', width: 9, align: 'right' },
  { title: 'saved', width: 4, align: 'right' },
] as const

export function headerRow(): string {
  return layOut(COLUMNS.map(({ title }) => title))
}

export interface RowInput {
  readonly number: number
  readonly step: Step
  readonly asked: string
  readonly outcome: Outcome
  /** The request as the ledger has it; null when it was refused. */
  readonly details: unknown
}

export function requestRow({ number, step, asked, outcome, details }: RowInput): string {
  const first = [String(number), step.title]
  if (outcome.code !== null || details === null)
    return layOut([...first, '-', `${outcome.status} ${outcome.code ?? ''}`, 'refused', '-', '0', '-'])
  const tokens = `${shortCount(readField(details, 'input_tokens'))}+${shortCount(readField(details, 'output_tokens'))}`
  return layOut([
    ...first,
    cell(readField(details, 'tier')),
    `${cell(readField(details, 'provider'))}/${cell(readField(details, 'model'))}`,
    whyChosen(asked, details),
    tokens,
    microUsd(readField(details, 'cost_usd')),
    savedShare(readField(details, 'saved_usd'), readField(details, 'baseline_usd')),
  ])
}

function layOut(cells: readonly string[]): string {
  return COLUMNS.map(({ width, align }, index) => {
    const text = fit(printable(cells[index] ?? ''), width)
    return align === 'right' ? text.padStart(width) : text.padEnd(width)
  })
    .join(' ')
    .trimEnd()
}

function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}

/** The reason in a few words: what stood in the way of the first choice, or how many routes it was cheaper than. */
function whyChosen(asked: string, details: unknown): string {
  const attempts = readList(details, 'attempts')
  const [failed] = attempts
  if (attempts.length > 1)
    return `${cell(readField(failed, 'provider'))} ${cell(readField(failed, 'status'))}`
  if (asked.includes('/')) return 'pinned'
  const candidates = readList(readField(details, 'decision'), 'candidates')
  const eligible = candidates.filter((candidate) => readField(candidate, 'verdict') !== 'ineligible').length
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
  return typeof value === 'number' ? (value * 1e6).toFixed(2) : '-'
}

export function savedShare(saved: unknown, baseline: unknown): string {
  if (typeof saved !== 'number' || typeof baseline !== 'number' || baseline <= 0) return '-'
  const percent = Math.round((100 * saved) / baseline)
  return percent < -99 ? '<-99' : `${percent}%`
}
