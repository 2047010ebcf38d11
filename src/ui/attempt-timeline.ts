// Attempts as bars on one line of time: waiting for the first token, then receiving.

import type { AttemptDetails, RequestDetails } from '../admin/request-log.ts'
import { formatDuration } from './amounts.ts'
import { create, setShare } from './elements.ts'

export function buildTimeline(
  request: Pick<RequestDetails, 'started_at' | 'ended_at' | 'attempts'>,
): HTMLElement {
  const beganMs = Date.parse(request.started_at)
  const ends = request.attempts.map(({ started_at: start, duration_ms: took }) => Date.parse(start) + took)
  const spanMs = Math.max(1, Date.parse(request.ended_at) - beganMs, ...ends.map((end) => end - beganMs))
  return create(
    'figure',
    { class: 'timeline' },
    create('ol', {}, ...request.attempts.map((attempt) => buildBar(attempt, beganMs, spanMs))),
    create(
      'div',
      { class: 'axis', 'aria-hidden': 'true' },
      create(
        'div',
        { class: 'scale' },
        ...[0, 0.5, 1].map((share) => create('span', {}, formatDuration(spanMs * share))),
      ),
    ),
    create(
      'figcaption',
      { class: 'quiet' },
      create('i', { class: 'swatch waiting' }),
      'until the first token',
      create('i', { class: 'swatch receiving' }),
      'receiving',
      create('i', { class: 'swatch failed' }),
      'failed',
    ),
  )
}

function buildBar(attempt: AttemptDetails, beganMs: number, spanMs: number): HTMLElement {
  const { route, outcome, duration_ms: took, time_to_first_token_ms: first } = attempt
  const startMs = Date.parse(attempt.started_at) - beganMs
  const bar = create(
    'i',
    { class: `bar ${outcome === 'success' ? '' : 'failed'}` },
    create('i', { class: 'first' }),
  )
  setShare(bar, 'from', startMs / spanMs)
  setShare(bar, 'width', took / spanMs)
  setShare(bar, 'first', first === null || took === 0 ? 1 : first / took)
  const told = [
    `sent after ${formatDuration(startMs)}`,
    first === null ? 'no token came' : `first token ${formatDuration(first)} later`,
    `took ${formatDuration(took)}`,
  ].join(', ')
  return create(
    'li',
    {},
    create('span', { class: 'route' }, route),
    create('div', { class: 'track', 'aria-hidden': 'true' }, bar),
    create('span', { class: 'quiet' }, told),
  )
}
