import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PROVIDER_IDS } from '../../../src/core/route.ts'
import { createPrefixCache } from '../../../src/simulator/prefix-cache.ts'
import { createPromptBuilder, type Prompt } from '../../../src/simulator/prompt.ts'
import { countTokens } from '../../../src/simulator/tokenizer.ts'
import { deepseekFlash, haiku, luna } from './sample-models.ts'

const HOUR_MS = 3_600_000
const LONG = 'What was said before is said again. '.repeat(300)

function promptOf(...texts: readonly string[]): Prompt {
  const builder = createPromptBuilder()
  for (const text of texts) builder.text(text)
  return builder.build(texts.length)
}

describe('countTokens', () => {
  it('never gives a prefix more tokens than the whole', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 200 })
    fc.assert(
      fc.property(texts, texts, fc.constantFrom(...PROVIDER_IDS), (start, rest, provider) => {
        expect(countTokens(provider, start)).toBeLessThanOrEqual(countTokens(provider, start + rest))
      }),
    )
  })

  it('differs by vendor: Claude counts more for English, hardly more than OpenAI per character for Chinese', () => {
    const english = countTokens('anthropic', LONG) / countTokens('openai', LONG)
    expect(english).toBeGreaterThan(1.3)
    const chinese = '这是一个关于价格的问题'.repeat(50)
    expect(countTokens('deepseek', chinese)).toBeLessThan(countTokens('anthropic', chinese))
  })
})

describe('the prefix cache', () => {
  it('forgets after its time to live, which a hit renews', () => {
    const clock = { atMs: 0, now: () => clock.atMs }
    const cache = createPrefixCache('deepseek', clock)
    const read = (): number => cache.charge(deepseekFlash, promptOf(LONG)).cachedInput
    expect(read()).toBe(0)
    clock.atMs = 0.9 * HOUR_MS
    expect(read()).toBeGreaterThan(1000)
    clock.atMs = 1.8 * HOUR_MS
    expect(read()).toBeGreaterThan(1000)
    clock.atMs = 2.9 * HOUR_MS
    expect(read()).toBe(0)
  })

  it('keeps models apart, and reads nothing after a difference at the start', () => {
    const cache = createPrefixCache('openai', { now: () => 0 })
    cache.charge(luna, promptOf(LONG))
    expect(cache.charge({ ...luna, id: 'gpt-6-sol' }, promptOf(LONG)).cachedInput).toBe(0)
    expect(cache.charge(luna, promptOf('Otherwise.', LONG)).cachedInput).toBe(0)
    expect(cache.charge(luna, promptOf(LONG, 'And then?')).cachedInput).toBeGreaterThan(1000)
  })

  it('neither reads nor writes a prompt below the minimum, nor one without a mark where marks are needed', () => {
    const openai = createPrefixCache('openai', { now: () => 0 })
    const anthropic = createPrefixCache('anthropic', { now: () => 0 })
    for (let times = 0; times < 2; times++) {
      expect(openai.charge(luna, promptOf('Short.'))).toMatchObject({ cachedInput: 0, cacheWrite: 0 })
      expect(anthropic.charge(haiku, promptOf(LONG))).toMatchObject({ cachedInput: 0, cacheWrite: 0 })
    }
  })

  it('splits every prompt into classes that add up to the same', () => {
    const cache = createPrefixCache('openai', { now: () => 0 })
    const sum = ({ input, cachedInput, cacheWrite, cacheWriteLong }: ReturnType<typeof cache.charge>) =>
      input + cachedInput + cacheWrite + cacheWriteLong
    const first = cache.charge(luna, promptOf(LONG))
    const second = cache.charge(luna, promptOf(LONG))
    expect(first.cacheWrite).toBeGreaterThan(1000)
    expect(second).toMatchObject({ cachedInput: first.cacheWrite, cacheWrite: 0 })
    expect(sum(first)).toBe(sum(second))
  })
})
