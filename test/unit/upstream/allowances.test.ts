import { describe, expect, it } from 'vitest'
import { NO_USAGE } from '../../../src/core/usage.ts'
import { createAllowances } from '../../../src/upstream/allowances.ts'

const LUNA = { provider: 'openai', model: 'gpt-6-luna' } as const
const SOL = { provider: 'openai', model: 'gpt-6-sol' } as const
const UNTIL_MS = 60_000

const prompt = (freshInput: number, cacheRead = 0) => ({ ...NO_USAGE, freshInput, cacheRead })
const left = (amount: number) => ({ left: amount, untilMs: UNTIL_MS })

describe('allowances', () => {
  it('are short of requests while none is left, and until the provider’s clock has come round', () => {
    const allowances = createAllowances()
    expect(allowances.isShort(LUNA, prompt(1), 0)).toBe(false)
    allowances.observe(LUNA, { requests: left(0), tokens: null, countsCacheReads: true })
    expect(allowances.isShort(LUNA, prompt(1), UNTIL_MS - 1)).toBe(true)
    expect(allowances.isShort(SOL, prompt(1), 0)).toBe(false)
    expect(allowances.isShort(LUNA, prompt(1), UNTIL_MS)).toBe(false)
  })

  it('are short of tokens for longer prompts alone', () => {
    const allowances = createAllowances()
    allowances.observe(LUNA, { requests: left(500), tokens: left(1000), countsCacheReads: true })
    expect(allowances.isShort(LUNA, prompt(1000), 0)).toBe(false)
    expect(allowances.isShort(LUNA, prompt(1001), 0)).toBe(true)
  })

  it('count what is read from the cache where the provider does', () => {
    const allowances = createAllowances()
    allowances.observe(LUNA, { requests: null, tokens: left(1000), countsCacheReads: true })
    expect(allowances.isShort(LUNA, prompt(500, 501), 0)).toBe(true)
    allowances.observe(LUNA, { requests: null, tokens: left(1000), countsCacheReads: false })
    expect(allowances.isShort(LUNA, prompt(500, 501), 0)).toBe(false)
  })

  it('shrink with every request that is sent, and are what the next answer says', () => {
    const allowances = createAllowances()
    allowances.observe(LUNA, { requests: left(2), tokens: left(1000), countsCacheReads: true })
    allowances.sent(LUNA, prompt(600))
    expect(allowances.isShort(LUNA, prompt(400), 0)).toBe(false)
    expect(allowances.isShort(LUNA, prompt(401), 0)).toBe(true)
    allowances.sent(LUNA, prompt(1))
    expect(allowances.isShort(LUNA, prompt(1), 0)).toBe(true)
    allowances.observe(LUNA, { requests: left(2), tokens: left(1000), countsCacheReads: true })
    expect(allowances.isShort(LUNA, prompt(1000), 0)).toBe(false)
  })

  it('forget who has plenty', () => {
    const allowances = createAllowances()
    allowances.observe(LUNA, { requests: left(0), tokens: null, countsCacheReads: true })
    allowances.observe(LUNA, { requests: left(9000), tokens: left(2_000_000), countsCacheReads: true })
    for (let count = 0; count < 50; count++) allowances.sent(LUNA, prompt(100_000))
    expect(allowances.isShort(LUNA, prompt(1_000_000), 0)).toBe(false)
  })
})
