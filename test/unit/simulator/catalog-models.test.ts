// The shipped catalogue, read by the simulator's own reader.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { PROVIDER_IDS } from '../../../src/core/route.ts'
import { modelsOfCatalog } from '../../../src/simulator/catalog-models.ts'
import { chargePico } from '../../../src/simulator/price.ts'
import type { SimulatedModel } from '../../../src/simulator/simulated-model.ts'

const models = modelsOfCatalog(parse(readFileSync('config/catalog.yaml', 'utf8')))
const none = { input: 0, cachedInput: 0, cacheWrite: 0, cacheWriteLong: 0, output: 0, reasoning: 0 }

function model(provider: (typeof PROVIDER_IDS)[number], id: string): SimulatedModel {
  const found = models[provider].find((candidate) => candidate.id === id)
  if (found === undefined) throw new Error(`${provider} does not sell ${id}`)
  return found
}

describe('modelsOfCatalog', () => {
  it('has a price now and next year for every model of every provider', () => {
    for (const provider of PROVIDER_IDS) {
      for (const sold of models[provider]) {
        for (const moment of ['2026-11-24T12:00:00Z', '2027-11-24T02:00:00Z']) {
          const usage = { ...none, input: 10, output: 10 }
          expect(
            chargePico(sold, usage, { atMs: Date.parse(moment) }),
            `${provider}/${sold.id}`,
          ).toBeGreaterThan(0n)
        }
      }
    }
  })

  it('knows peaks, brackets and cache prices', () => {
    const flash = model('deepseek', 'deepseek-flash')
    const charge = (moment: string): bigint =>
      chargePico(flash, { ...none, cachedInput: 1000, output: 1000 }, { atMs: Date.parse(moment) })
    expect(charge('2026-11-24T02:00:00Z')).toBe(1000n * (6_000n + 1_200_000n))
    expect(charge('2026-11-24T05:00:00Z')).toBe(1000n * (3_000n + 600_000n))
    expect(charge('2026-10-01T02:00:00Z')).toBe(1000n * (3_000n + 600_000n))
    const haiku = model('anthropic', 'claude-haiku-5-5')
    expect(chargePico(haiku, { ...none, input: 100_001 }, { atMs: 0 })).toBe(100_001n * 500_000n)
    expect(chargePico(haiku, { ...none, cacheWriteLong: 1 }, { atMs: 0 })).toBe(200_000n)
  })

  it('takes the default region, and leaves out what is retired', () => {
    const max = model('alibaba', 'qwen3.7-max')
    expect(chargePico(max, { ...none, input: 1000 }, { atMs: Date.parse('2026-11-24') })).toBe(
      1000n * 2_500_000n,
    )
    expect(models.openai.map(({ id }) => id)).not.toContain('gpt-4-turbo')
    expect(model('moonshot', 'kimi-k3.1-pro').images).toBe('data')
  })

  it('refuses a catalogue without prices', () => {
    expect(() => modelsOfCatalog({})).toThrow(/no model/)
    expect(() =>
      modelsOfCatalog({
        models: [
          { provider: 'openai', id: 'x', context: 1, max_output: 1, prices: [{ brackets: [{ input: 1 }] }] },
        ],
      }),
    ).toThrow(/output/)
  })
})
