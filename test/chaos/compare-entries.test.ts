// What compares the books can tell when they differ: each kind of difference is put in by hand.

import { describe, expect, it } from 'vitest'
import type { RequestRecord } from '../../src/core/request-record.ts'
import { type SampleAttempt, sampleRecord } from '../contract/record-samples.ts'
import { compareEntries } from './compare-entries.ts'
import type { BilledEntry } from './fleet-protocol.ts'
import { usdText } from './usd-text.ts'

function billed(number: number, pico: bigint): BilledEntry {
  return {
    provider: 'openai',
    model: 'gpt-6-luna',
    id: `answer-${number}`,
    atMs: 0,
    isStream: false,
    end: 'complete',
    usage: { input: 1, cachedInput: 0, cacheWrite: 0, cacheWriteLong: 0, output: 1, reasoning: 0 },
    serviceTier: null,
    reference: String(number),
    pico,
  }
}

function row(number: number, ...attempts: readonly SampleAttempt[]): RequestRecord {
  const traceId = `fa${number.toString(16).padStart(30, '0')}`
  return sampleRecord({ attempts, trace: { traceId, spanId: 'f'.repeat(16), isSampled: false } })
}

const NOTHING = { lost: [], doubled: [], wrong: [], estimates: [] }

describe('the books of the providers and the rows', () => {
  it('agree where each attempt that was billed has its row', () => {
    const rows = [row(1, { cost: 70 }), row(2, { cost: 5 }, { cost: 9 }), row(3, { cost: 0, source: null })]
    expect(compareEntries([billed(1, 70n), billed(2, 9n), billed(2, 5n)], rows)).toEqual(NOTHING)
  })

  it('differ where a row is missing', () => {
    expect(compareEntries([billed(1, 70n), billed(2, 5n)], [row(2, { cost: 5 })]).lost).toHaveLength(1)
    expect(compareEntries([billed(1, 70n), billed(1, 70n)], [row(1, { cost: 70 })]).lost).toHaveLength(1)
  })

  it('differ where a request has two rows, or a reported usage that nobody billed', () => {
    expect(
      compareEntries([billed(1, 70n)], [row(1, { cost: 70 }), row(1, { cost: 70 })]).doubled,
    ).toHaveLength(2)
    expect(compareEntries([billed(1, 70n)], [row(1, { cost: 70 }, { cost: 70 })]).doubled).toHaveLength(1)
  })

  it('differ by one picodollar', () => {
    expect(compareEntries([billed(1, 70n)], [row(1, { cost: 71 })]).wrong).toHaveLength(1)
  })

  it('may differ where the row says that it is an estimate, and by how much is told', () => {
    const rows = [row(1, { cost: 50, source: 'estimated' }), row(2, { cost: 8, source: 'estimated' })]
    expect(compareEntries([billed(1, 70n)], rows)).toEqual({
      ...NOTHING,
      estimates: [
        { estimated: 50n, billed: 70n },
        { estimated: 8n, billed: 0n },
      ],
    })
  })
})

it.each([
  ['0.000012', 12_000_000n],
  ['1.5e-7', 150_000n],
  ['3', 3_000_000_000_000n],
  ['1e-12', 1n],
])('%s USD', (text, pico) => {
  expect(usdText(text)).toBe(pico)
})
