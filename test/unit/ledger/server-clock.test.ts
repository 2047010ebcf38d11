// The server's clock between two answers, whatever the machine's own shows.

import { expect, it } from 'vitest'
import { createServerClock } from '../../../src/ledger/redis/server-clock.ts'

it('is the machine\u2019s own until the server has told its own, and then that, carried on', () => {
  const machine = { nowMs: 5_000 }
  let elapsed = 100
  const clock = createServerClock({ elapsedMs: () => elapsed, before: { now: () => machine.nowMs } })
  expect(clock.now()).toBe(5_000)
  // Asked at 100, answered at 140: it was 1,000,000 some time in between.
  elapsed = 140
  clock.heard(1_000_000, [100, 140])
  expect(clock.now()).toBe(1_000_020)
  elapsed = 1_140
  machine.nowMs = -9_000_000
  expect(clock.now()).toBe(1_001_020)
  // The server's own is set.
  clock.heard(500_000.25, [1_140, 1_140])
  expect(clock.now()).toBe(500_000)
})
