// The decision drawn: what each eligible route was expected to cost, cheapest first, and why the others were none.

import type { RequestDetails } from '../admin/request-log.ts'
import { decimalsFor, plainWords } from './amounts.ts'
import { create, setShare } from './elements.ts'
import { buildMark } from './outcomes.ts'
import { buildTable, type Column, missing, usd } from './table.ts'

type Candidate = RequestDetails['decision']['candidates'][number]

/** The cheapest are what a decision is about. */
const SHOWN_AT_ONCE = 10

export function buildCandidates({ decision: { candidates } }: RequestDetails): readonly Node[] {
  if (candidates.length === 0) return [create('p', { class: 'quiet' }, 'The decision was not kept.')]
  const eligible = candidates.filter(({ verdict }) => verdict !== 'ineligible')
  const rejected = candidates.filter(({ verdict }) => verdict === 'ineligible')
  const more = eligible.slice(SHOWN_AT_ONCE)
  return [
    eligible.length === 0
      ? create('p', {}, 'No route was eligible.')
      : buildEligible(eligible.slice(0, SHOWN_AT_ONCE)),
    ...(more.length === 0 ? [] : [buildDetails(`${more.length} more, dearer`, buildEligible(more))]),
    ...(rejected.length === 0 ? [] : [buildDetails(rejectedTitle(rejected.length), buildRejected(rejected))]),
  ]
}

function buildEligible(rows: readonly Candidate[]): HTMLElement {
  const caption = 'Routes that could serve it, in the order in which they are tried'
  return buildTable({ caption, rows, columns: buildColumns(rows) })
}

function buildDetails(title: string, content: HTMLElement): HTMLElement {
  return create('details', {}, create('summary', {}, title), content)
}

function rejectedTitle(count: number): string {
  return count === 1 ? 'One route was not eligible' : `${count} routes were not eligible`
}

function buildColumns(candidates: readonly Candidate[]): readonly Column<Candidate>[] {
  const costs = candidates.map(({ expected_cost_usd: cost }) => cost ?? 0)
  const dearest = Math.max(...costs)
  const decimals = decimalsFor(costs)
  const worst = decimalsFor(candidates.map(({ worst_case_cost_usd: cost }) => cost ?? 0))
  return [
    { title: 'Route', cell: ({ route }) => route },
    {
      title: 'Expected cost',
      cell: ({ expected_cost_usd: cost }) => {
        const bar = create('i', { class: 'cost-bar', 'aria-hidden': 'true' })
        setShare(bar, 'width', dearest === 0 ? 0 : (cost ?? 0) / dearest)
        return create('span', { class: 'cost' }, cost === null ? missing() : usd(cost, decimals), bar)
      },
    },
    {
      title: 'At worst',
      isNumber: true,
      cell: ({ worst_case_cost_usd: cost }) => (cost === null ? missing() : usd(cost, worst)),
    },
    {
      title: 'Verdict',
      cell: ({ verdict, reason }) =>
        create('span', {}, buildMark(verdict), reason === null ? '' : ` ${plainWords(reason)}`),
    },
  ]
}

function buildRejected(candidates: readonly Candidate[]): HTMLElement {
  const byReason = Object.groupBy(candidates, ({ reason }) => reason ?? 'unknown')
  const rows = Object.entries(byReason).map(([reason, list = []]) =>
    create(
      'div',
      {},
      create('dt', {}, plainWords(reason)),
      create('dd', {}, list.map(({ route }) => route).join(', ')),
    ),
  )
  return create('dl', { class: 'facts wide' }, ...rows)
}
