// Tries with wrong admin keys, counted by the address they come from.

import { describe, expect, it } from 'vitest'
import { createWrongKeys } from '../../../src/http/admin/wrong-keys.ts'

function createWorld() {
  const clock = { nowMs: 1_000_000, now: () => clock.nowMs }
  const wrongKeys = createWrongKeys(clock)
  return {
    clock,
    wrongKeys,
    fail: (address: string, times: number): void => {
      for (let each = 0; each < times; each++) wrongKeys.count(address)
    },
  }
}

describe('wrong admin keys', () => {
  it('are ten tries, and one more every six seconds', () => {
    const { clock, wrongKeys, fail } = createWorld()
    fail('10.0.0.1', 9)
    expect(wrongKeys.waitMs('10.0.0.1')).toBe(0)
    fail('10.0.0.1', 1)
    expect(wrongKeys.waitMs('10.0.0.1')).toBe(6_000)
    clock.nowMs += 5_999
    expect(wrongKeys.waitMs('10.0.0.1')).toBe(1)
    clock.nowMs += 1
    expect(wrongKeys.waitMs('10.0.0.1')).toBe(0)
    fail('10.0.0.1', 1)
    expect(wrongKeys.waitMs('10.0.0.1')).toBe(6_000)
    clock.nowMs += 60_000
    fail('10.0.0.1', 9)
    expect(wrongKeys.waitMs('10.0.0.1')).toBe(0)
  })

  it.each([
    ['10.0.0.1', '10.0.0.2', false],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:0:0:9', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['2001:db8::1', '2001:db8::2:0:0:1', true],
    ['2001:db8::1', '2001:db8:0:1::1', false],
    ['::1', '::2', true],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.2', false],
  ])('of %s and %s are counted together: %s', (one, other, together) => {
    const { wrongKeys, fail } = createWorld()
    fail(one, 10)
    expect(wrongKeys.waitMs(other) > 0).toBe(together)
  })

  it('are remembered for ten thousand addresses, and no more', () => {
    const { wrongKeys, fail } = createWorld()
    fail('10.0.0.1', 10)
    for (let each = 0; each < 10_000; each++) wrongKeys.count(`172.16.${each >> 8}.${each & 255}`)
    expect(wrongKeys.waitMs('10.0.0.1')).toBe(0)
  })
})
