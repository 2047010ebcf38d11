// What Prometheus counted against the ledger: each difference with its cause.

import { expect, it } from 'vitest'
import { alarming } from '../../../src/admin/reconcile/difference.ts'
import { type Counted, comparePrometheus } from '../../../src/admin/reconcile/prometheus-check.ts'
import type { SpendRow } from '../../../src/ledger/store.ts'

const PLACE = { day: '2026-11-20', provider: 'openai', model: 'gpt-6-luna' }

function row(cost: bigint, estimated = 0n): SpendRow {
  const counts = {
    requests: 1,
    attempts: 1,
    inputTokens: 1,
    cachedTokens: 0,
    outputTokens: 1,
    reasoningTokens: 0,
  }
  return { group: PLACE, ...counts, cost, baseline: 0n, estimated }
}

function counted(
  cost: bigint,
  given: { atEdges?: bigint; hasGaps?: boolean; replaced?: bigint } = {},
): Counted {
  const { atEdges = 0n, hasGaps = false, replaced = 0n } = given
  return { fromMs: 0, toMs: 1, hasGaps, replaced, rows: [{ ...PLACE, cost, atEdges }] }
}

it.each([
  ['nothing', counted(1_000n), row(1_000n), null, false],
  ['what doubles cannot tell', counted(1_001n), row(1_000n), 'rounding', false],
  ['what doubles cannot tell of much', counted((1n << 50n) + 5n), row(1n << 50n), 'rounding', false],
  ['requests around midnight', counted(1_500n, { atEdges: 500n }), row(1_000n), 'edges', false],
  ['a replaced estimate', counted(1_500n, { replaced: 600n }), row(1_000n), 'estimate_replaced', false],
  ['an estimate of a request that died', counted(1_000n), row(3_000n, 2_000n), 'estimated', false],
  ['a gateway that ended', counted(1_000n, { hasGaps: true }), row(3_000n), 'not_scraped', false],
  ['a gateway that is not scraped', counted(1_000n), row(3_000n), 'not_counted', true],
  ['spend that no ledger has', counted(3_000n, { hasGaps: true }), row(1_000n), 'counted_more', true],
] as const)('%s', (_, held, own, cause, isAlarm) => {
  const found = comparePrometheus(held, [own])
  expect(found.map((one) => one.cause)).toEqual(cause === null ? [] : [cause])
  expect(alarming(found) > 0n).toBe(isAlarm)
})

it('a day or model that only one of them knows is a difference, too', () => {
  const found = comparePrometheus(
    { ...counted(5_000n), rows: [{ ...PLACE, model: 'm', cost: 5_000n, atEdges: 0n }] },
    [row(7_000n)],
  )
  expect(found).toEqual([
    {
      check: 'prometheus',
      subject: 'openai',
      day: PLACE.day,
      model: 'gpt-6-luna',
      ledger: 7_000n,
      other: 0n,
      cause: 'not_counted',
    },
    {
      check: 'prometheus',
      subject: 'openai',
      day: PLACE.day,
      model: 'm',
      ledger: 0n,
      other: 5_000n,
      cause: 'counted_more',
    },
  ])
})
