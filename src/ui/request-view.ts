// One request whole: who asked for what, the decision drawn, and the attempts on a time line.

import type { RequestDetails } from '../admin/request-log.ts'
import { formatDuration, formatMoment, formatShare } from './amounts.ts'
import { buildTimeline } from './attempt-timeline.ts'
import { buildCandidates } from './candidate-list.ts'
import { buildContent } from './content-card.ts'
import { type Child, create } from './elements.ts'
import { buildMark } from './outcomes.ts'
import { buildTable, count, missing, orMissing, usd } from './table.ts'
import { createPane, type ViewWorld } from './view.ts'

export function openRequest(main: HTMLElement, { gateway, rest }: ViewWorld): void {
  const pane = createPane()
  main.append(create('p', {}, create('a', { href: '#/requests' }, '← All requests')), pane.root)
  pane.show({ load: () => gateway.get<RequestDetails>(`/requests/${encodeURIComponent(rest)}`), render })
}

function render(request: RequestDetails): readonly Node[] {
  return [
    renderFacts(request),
    card('Decision', ...buildCandidates(request)),
    card(
      request.attempts.length === 1 ? 'One attempt' : `${request.attempts.length} attempts`,
      ...renderAttempts(request),
    ),
    ...(request.content === null ? [] : [card('Content', ...buildContent(request.content))]),
  ]
}

function card(title: string, ...children: readonly Child[]): HTMLElement {
  return create('section', { class: 'card' }, create('h2', {}, title), ...children)
}

function renderFacts(request: RequestDetails): HTMLElement {
  const tags = Object.entries(request.tags).map(([name, value]) => `${name}=${value}`)
  const saved = create(
    'span',
    {},
    usd(request.saved_usd),
    ` (${formatShare(request.saved_usd / request.baseline_usd)})`,
  )
  const facts: readonly (readonly [string, Child])[] = [
    ['Outcome', create('span', {}, buildMark(request.outcome), ` status ${request.status}`)],
    ['Asked for', `${request.requested_model}${request.stream ? ', streamed' : ''}`],
    ['Routed at', request.tier],
    ['Answered by', orMissing(request.route)],
    ['Cost', usd(request.cost_usd)],
    ['Saved', request.baseline_usd === 0 ? missing() : saved],
    [
      'Baseline',
      create('span', {}, usd(request.baseline_usd), ` on ${request.baseline_model ?? 'no model'}`),
    ],
    ['Began', `${formatMoment(request.started_at)} UTC`],
    [
      'Took',
      `${formatDuration(request.duration_ms)}, of it the gateway ${formatDuration(request.overhead_ms)}`,
    ],
    ['Team', orMissing(request.team)],
    ['Project', orMissing(request.project)],
    ['Key', create('code', {}, request.key_id)],
    ['Tags', tags.length === 0 ? missing() : tags.join(', ')],
    ['Trace', request.trace_id === null ? missing() : create('code', {}, request.trace_id)],
  ]
  return create(
    'section',
    { class: 'card' },
    create('h2', {}, create('code', {}, request.id)),
    create(
      'dl',
      { class: 'facts' },
      ...facts.map(([title, value]) => create('div', {}, create('dt', {}, title), create('dd', {}, value))),
    ),
  )
}

function renderAttempts(request: RequestDetails): readonly Node[] {
  if (request.attempts.length === 0) {
    return [create('p', {}, 'Nothing was sent: every route that could have served it rested after failures.')]
  }
  const table = buildTable({
    caption: 'Attempts, in their order',
    rows: request.attempts,
    columns: [
      { title: 'Attempt', cell: ({ route }) => route },
      {
        title: 'Outcome',
        cell: ({ outcome, status }) =>
          create('span', {}, buildMark(outcome), status === null ? '' : ` ${status}`),
      },
      { title: 'Reason', cell: ({ reason }) => orMissing(reason) },
      { title: 'Input', isNumber: true, cell: ({ usage }) => count(usage.input_tokens) },
      { title: 'Cached', isNumber: true, cell: ({ usage }) => count(usage.cached_tokens) },
      { title: 'Output', isNumber: true, cell: ({ usage }) => count(usage.output_tokens) },
      { title: 'Reasoning', isNumber: true, cell: ({ usage }) => count(usage.reasoning_tokens) },
      { title: 'Usage', cell: ({ usage_source: source }) => source ?? 'not billed' },
      { title: 'Cost', isNumber: true, cell: ({ cost_usd: cost }) => usd(cost) },
    ],
  })
  return [buildTimeline(request), table]
}
