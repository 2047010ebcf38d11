// Every row of the policy table as a walk through a plan of four routes, and what no walk may ever do.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FailedAttempt, LONGEST_WAIT_MS, nextSteps } from '../../../src/chat/next-step.ts'
import { type AttemptFailure, FAILURE_POLICY, type FailureClass } from '../../../src/core/failure.ts'
import { NO_USAGE } from '../../../src/core/usage.ts'
import type { PlannedRoute } from '../../../src/routing/plan.ts'
import { sampleRoute } from '../routing/route-samples.ts'

function planned(provider: 'openai' | 'deepseek' | 'alibaba', model: string, contextTokens: number) {
  const route = sampleRoute({ provider, model, contextTokens })
  return {
    place: 0,
    route,
    usage: NO_USAGE,
    expectedCost: 1,
    worstCase: 2,
    outputCap: null,
  } satisfies PlannedRoute
}

const A = planned('openai', 'a', 1000)
const B = planned('openai', 'b', 2000)
const C = planned('deepseek', 'c', 1000)
const D = planned('alibaba', 'd', 4000)
const CHOSEN = [A, B, C, D]

function failedBy(
  route: PlannedRoute,
  failureClass: FailureClass,
  retryAfterMs: number | null = null,
): FailedAttempt {
  const failure: AttemptFailure = {
    class: failureClass,
    message: 'no',
    status: 500,
    code: null,
    retryAfterMs,
  }
  return { planned: route, failure }
}

/** The steps as names; `a+150` is a step after a wait. */
function steps(failed: readonly FailedAttempt[], onContentFilter: 'stop' | 'next' = 'stop'): string[] {
  return [...nextSteps({ chosen: CHOSEN, failed, onContentFilter, random: 0 })].map(
    ({ planned: to, waitMs }) => (waitMs === 0 ? to.route.model : `${to.route.model}+${waitMs}`),
  )
}

it('begins with the plan', () => {
  expect(steps([])).toEqual(['a', 'b', 'c', 'd'])
})

const ROWS: readonly (readonly [FailureClass, string])[] = [
  ['connect', 'b c d'],
  ['timeout', 'b c d'],
  ['overloaded', 'a+150 b c d'],
  ['rate_limited', 'b c d'],
  ['out_of_money', 'b c d'],
  ['unauthorized', 'b c d'],
  ['model_missing', 'b c d'],
  ['context_too_long', 'b d'],
  ['content_filter', ''],
  ['not_supported', 'b c d'],
  ['bad_request', ''],
  ['malformed', 'b c d'],
  ['schema_mismatch', 'b c d'],
  ['interrupted', 'b c d'],
]
const CLASSES = ROWS.map(([name]) => name)

describe('after one failure', () => {
  it.each(ROWS)('%s: %s', (failureClass, expected) => {
    expect(steps([failedBy(A, failureClass)]).join(' ')).toBe(expected)
  })
  it('of every class', () => {
    expect(CLASSES).toEqual(Object.keys(FAILURE_POLICY))
  })
})

it('tries a route again only once in a request', () => {
  const twice = [failedBy(A, 'overloaded'), failedBy(A, 'overloaded')]
  expect(steps(twice)).toEqual(['b', 'c', 'd'])
  expect(steps([...twice, failedBy(B, 'overloaded')])).toEqual(['c', 'd'])
  expect(steps([failedBy(A, 'overloaded'), failedBy(B, 'overloaded')])).toEqual(['b+150', 'c', 'd'])
})

it('comes back as late as the provider asked, if that is soon', () => {
  expect(steps([failedBy(A, 'overloaded', 700)])).toEqual(['a+700', 'b', 'c', 'd'])
  expect(steps([failedBy(A, 'overloaded', LONGEST_WAIT_MS + 1)])).toEqual(['b', 'c', 'd'])
})

it('waits for a rate limit when no other route is left, the shortest wait first', () => {
  const all = [
    failedBy(A, 'rate_limited', 900),
    failedBy(B, 'rate_limited', 300),
    failedBy(C, 'rate_limited', LONGEST_WAIT_MS + 1),
    failedBy(D, 'rate_limited'),
  ]
  expect(steps(all)).toEqual(['b+300', 'a+900'])
  expect(steps([...all, failedBy(B, 'rate_limited', 300)])).toEqual(['a+900'])
  expect(steps([...all, failedBy(B, 'rate_limited', 300), failedBy(A, 'rate_limited', 300)])).toEqual([])
})

it('asks another provider after a content filter, where the key allows it', () => {
  expect(steps([failedBy(A, 'content_filter')], 'next')).toEqual(['c', 'd'])
  expect(steps([failedBy(A, 'content_filter'), failedBy(C, 'content_filter')], 'next')).toEqual(['d'])
})

it('remembers an overflow after other failures', () => {
  expect(steps([failedBy(A, 'context_too_long'), failedBy(B, 'timeout')])).toEqual(['d'])
  expect(steps([failedBy(B, 'context_too_long'), failedBy(D, 'rate_limited', 100)])).toEqual(['d+100'])
})

describe('however a request fares', () => {
  const failures = fc.array(
    fc.record({
      failureClass: fc.constantFrom(...CLASSES),
      retryAfterMs: fc.option(fc.integer({ min: 0, max: 10_000 })),
      pick: fc.nat(),
    }),
    { maxLength: 12 },
  )

  it('no route is tried more than twice, none of less context after an overflow, and no wait is longer than the bound', () => {
    fc.assert(
      fc.property(failures, fc.double({ min: 0, max: 0.999, noNaN: true }), (fates, random) => {
        const failed: FailedAttempt[] = []
        for (const { failureClass, retryAfterMs, pick } of fates) {
          const now = [...nextSteps({ chosen: CHOSEN, failed, onContentFilter: 'next', random })]
          if (now.length === 0) break
          const step = now[pick % now.length] ?? now[0]
          if (step === undefined) throw new Error('no step')
          const longest = Math.max(
            0,
            ...failed
              .filter(
                ({ planned: to, failure }) =>
                  failure.class === 'context_too_long' && to.route.id !== step.planned.route.id,
              )
              .map(({ planned: to }) => to.route.contextTokens),
          )
          expect(step.planned.route.contextTokens).toBeGreaterThan(longest)
          expect(step.waitMs).toBeLessThanOrEqual(LONGEST_WAIT_MS + 300)
          failed.push(failedBy(step.planned, failureClass, retryAfterMs))
          const times = failed.filter(({ planned: to }) => to.route.id === step.planned.route.id).length
          expect(times).toBeLessThanOrEqual(2)
        }
      }),
    )
  })
})
