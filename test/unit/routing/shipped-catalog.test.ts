// Plans over the catalogue as it ships, and the numbers of the worked examples in docs/routing.md and the README.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ratesInForce } from '../../../src/catalog/price-usage.ts'
import { usdFromPico } from '../../../src/core/money.ts'
import { TIERS } from '../../../src/core/tier.ts'
import { TOKENIZERS } from '../../../src/core/tokenizers.ts'
import { NO_USAGE, promptTokens } from '../../../src/core/usage.ts'
import { type PlannedRoute, planRoutes } from '../../../src/routing/plan.ts'
import { readRequirements } from '../../../src/routing/requirements.ts'
import { sampleCaller, sampleNames, sampleRequest } from './route-samples.ts'
import { type Learned, nothingLearned, shippedCatalog, shippedWorld } from './shipped-world.ts'

const catalog = shippedCatalog()
const names = { ...sampleNames(catalog.routes), catalog }
const NOON_MS = Date.UTC(2026, 10, 24, 12)

const PEAK_MS = Date.UTC(2026, 10, 24, 7)

const guide = readFileSync(new URL('../../fixtures/token-samples/english-guide.txt', import.meta.url), 'utf8')
const EXAMPLE = {
  model: 'standard',
  max_tokens: 400,
  messages: [
    { role: 'system', content: guide.repeat(4) },
    { role: 'user', content: 'Explain the third point.' },
  ],
}

function planOf(
  fields: Record<string, unknown>,
  nowMs = NOON_MS,
  learned: Learned = nothingLearned(catalog),
) {
  const requirements = readRequirements(sampleRequest(fields), sampleCaller(), names)
  return planRoutes(requirements, shippedWorld(catalog, nowMs, learned))
}

const providersOf = (fields: Record<string, unknown>): string[] => {
  const routes = planOf({ model: 'economy', ...fields }).chosen.map(({ route }) => route.provider)
  return [...new Set(routes)].toSorted()
}
const video = (url: string) => ({
  messages: [{ role: 'user', content: [{ type: 'video_url', video_url: { url } }] }],
})

describe('the shipped catalogue', () => {
  it('has a plan for every tier, cheapest first, and a family for every tokenizer', () => {
    const cheapest = TIERS.map((model) => planOf({ model }).chosen[0].expectedCost)
    expect(cheapest).toEqual(cheapest.toSorted((a, b) => a - b))
    const tokenizers = new Set(catalog.routes.map(({ tokenizer }) => tokenizer))
    expect([...tokenizers].filter((name) => !TOKENIZERS.some((known) => known === name))).toEqual([])
  })

  it('serves every model it can price under its own name', () => {
    const modelIds = new Set(
      catalog.routes
        .filter((route) => catalog.prices(route) !== null)
        .map((route) => `${route.provider}/${route.model}`),
    )
    for (const model of modelIds) {
      const { route } = planOf({ model }).chosen[0]
      expect(`${route.provider}/${route.model}`).toBe(model)
    }
  })

  it('sends to nobody what it cannot carry', () => {
    expect(providersOf(video('data:video/mp4;base64,AAAA'))).toEqual(['alibaba', 'moonshot'])
    // Kimi fetches nothing.
    expect(providersOf(video('https://example.com/v.mp4'))).toEqual(['alibaba'])
    expect(providersOf({ tools: [{ type: 'custom', custom: { name: 'g' } }] })).toEqual(['openai'])
    expect(providersOf({ functions: [{ name: 'f' }] })).toEqual(['openai'])
  })
})

describe('the worked example of docs/routing.md', () => {
  it('stands there as it is computed', () => {
    const first = planOf(EXAMPLE)
    const followUp = planOf(EXAMPLE, NOON_MS, answeredByFlash(NOON_MS - 60_000))
    const peak = planOf(EXAMPLE, PEAK_MS, answeredByFlash(PEAK_MS - 60_000))

    const docs = readFileSync(new URL('../../../docs/routing.md', import.meta.url), 'utf8')
    expect(tableIn(docs, 'A first turn')).toBe(tableOf(first.chosen.slice(0, 5)))
    expect(tableIn(docs, 'A later turn')).toBe(tableOf(followUp.chosen.slice(0, 3)))
    expect(tableIn(docs, 'At peak')).toBe(tableOf(peak.chosen.slice(0, 3)))
  })
})

describe('the worked example of the README', () => {
  const { chosen } = planOf(EXAMPLE, NOON_MS, answeredByFlash(NOON_MS - 60_000))
  const [first, second, third] = chosen
  if (second === undefined || third === undefined) throw new Error('the example needs three routes')

  it('stands there as it is computed', () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
    expect(tableIn(readme, 'How it decides')).toBe([first, second, third].map(rowInFactors).join('\n'))
  })

  it('has a winner that the list price would not choose, at 2.7 times the cost', () => {
    const dear = ratesOf(first)
    const cheap = ratesOf(second)
    expect([cheap.input < dear.input, cheap.output < dear.output]).toEqual([true, true])
    expect((second.expectedCost / first.expectedCost).toFixed(1)).toBe('2.7')
  })
})

function ratesOf({ route, usage }: PlannedRoute) {
  const prices = catalog.prices(route)
  if (prices === null) throw new Error(`${route.id} has no price`)
  return ratesInForce(prices, promptTokens(usage), { atMs: NOON_MS })
}

/** Tokens times USD per million tokens. */
function factors(tokens: number, pico: number): string {
  return tokens === 0 ? '–' : `${tokens.toLocaleString('en')} × ${pico / 1e6}`
}

function rowInFactors(planned: PlannedRoute): string {
  const { route, usage, expectedCost } = planned
  const rates = ratesOf(planned)
  const cells = [
    `\`${route.id}\``,
    factors(usage.freshInput, rates.input),
    factors(usage.cacheRead, rates.cachedInput),
    factors(usage.cacheWrite, rates.cacheWrite),
    factors(usage.output, rates.output),
    usdFromPico(expectedCost).toFixed(6),
  ]
  return `| ${cells.join(' | ')} |`
}

/** What is learned when deepseek-flash answered the example's first turn. */
function answeredByFlash(atMs: number): Learned {
  const learned = nothingLearned(catalog)
  const flash = catalog.defaultRoute('deepseek/deepseek-flash')
  if (flash === undefined) throw new Error('the example needs deepseek-flash')
  const { cache } = readRequirements(sampleRequest(EXAMPLE), sampleCaller(), names)
  learned.cache.observe(flash, cache, { usage: { ...NO_USAGE, freshInput: 6_200, output: 400 }, atMs })
  return learned
}

function tableOf(planned: readonly PlannedRoute[]): string {
  const rows = planned.map(({ route, usage, expectedCost, worstCase }) =>
    [
      `\`${route.id}\``,
      usage.freshInput,
      usage.cacheRead,
      usage.cacheWrite,
      usage.output,
      usdFromPico(expectedCost).toFixed(9),
      usdFromPico(worstCase).toFixed(6),
    ].join(' | '),
  )
  return rows.map((row) => `| ${row} |`).join('\n')
}

/** The rows of the first table after the heading. */
function tableIn(docs: string, heading: string): string {
  const after = docs.slice(docs.search(new RegExp(`^##+ ${heading}$`, 'm')))
  return /\| -[^\n]*\n((?:\|[^\n]*\n)+)/.exec(after)?.[1]?.trimEnd() ?? ''
}
