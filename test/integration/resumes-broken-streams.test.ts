// A stream that breaks off after its first byte and is gone on with by another route: cut at every chunk, in every way, the
// client sees one unbroken answer, and the books have every attempt.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { FaultQueue } from '../../src/simulator/faults.ts'
import { providerOf } from '../support/ask-model.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { type Heard, hearStream } from '../support/hear-stream.ts'

const WORDS = 24
const QUESTION = `How is that done? In ${WORDS} words.`

let gateway: TestGateway
/** What the simulated models say goes round and round: every answer is a part of this. */
let everything = ''
beforeAll(async () => {
  gateway = await startGateway({
    config: {
      streams: { resume: true },
      circuit: { failures: 1000 },
      deadlines: { connect_ms: 1000, first_byte_ms: 5000, between_chunks_ms: 1000, total_ms: 20_000 },
    },
  })
  const long = await gateway.client.chat.completions.create({
    model: 'openai/gpt-6-luna',
    messages: [{ role: 'user', content: 'How is that done? In 200 words.' }],
  })
  everything = ` ${long.choices[0]?.message.content ?? ''} `
})
afterAll(() => gateway.close())
beforeEach(() => {
  for (const { faults } of Object.values(gateway.fleet.providers)) faults.clear()
})

const ask = (key: string, body: object = {}): Promise<Heard> =>
  hearStream(gateway, key, { messages: [{ role: 'user', content: QUESTION }], ...body })

const pico = (usd: number): bigint => BigInt(Math.round(usd * 1e12))
const distinct = (values: readonly unknown[]): number => new Set(values).size

/** One answer, as if nothing had happened. */
function expectUnbroken({ body, text, chunks, usage, details }: Heard): void {
  expect(text.trim().split(' ')).toHaveLength(WORDS)
  expect(everything).toContain(` ${text.trim()} `)
  expect(distinct(chunks.map(({ id }) => id))).toBe(1)
  expect(distinct(chunks.map(({ created }) => created))).toBe(1)
  expect(distinct(chunks.map(({ model }) => model))).toBe(1)
  const spoken = chunks.flatMap(({ choices = [] }) => choices)
  expect(spoken.map(({ finish_reason: reason }) => reason).filter(Boolean)).toEqual(['stop'])
  expect(spoken.at(-1)?.finish_reason).toBe('stop')
  expect(spoken.filter(({ delta }) => delta.role !== undefined)).toHaveLength(1)
  expect(body).toMatch(/\[DONE\]\s*$/)
  expect(body).not.toContain('"error"')
  expect(details.outcome).toBe('success')
  expect(pico(usage?.cost ?? 0)).toBe(pico(details.cost_usd))
}

/** Every attempt that was billed has a row, and what is known of it is what was billed. */
function expectTrueBooks({ details, entries }: Heard): void {
  const billed = details.attempts.filter(({ usage_source: source }) => source !== null)
  expect(entries).toHaveLength(billed.length)
  for (const [index, attempt] of billed.entries()) {
    expect(attempt.cost_usd).toBeGreaterThan(0)
    if (attempt.usage_source === 'provider') expect(pico(attempt.cost_usd)).toBe(entries[index]?.pico)
  }
  expect(billed.at(-1)?.usage_source).toBe('provider')
}

/** Who is cheaper and asked first, and who goes on. */
const PAIRS: readonly (readonly [string, string])[] = [
  ['deepseek/deepseek-flash', 'moonshot/kimi-k2.6'],
  ['alibaba/qwen3.8-flash', 'moonshot/kimi-k2.6'],
  ['openai/gpt-6-luna', 'moonshot/kimi-k2.6'],
  ['anthropic/claude-haiku-5-5', 'moonshot/kimi-k2.6'],
  ['moonshot/kimi-k2.6', 'alibaba/qwen3.7-max'],
  ['alibaba/qwen3.8-flash', 'deepseek/deepseek-v4-pro'],
]

function faultsOf(model: string): FaultQueue {
  return gateway.fleet.providers[providerOf(model)].faults
}

/** What the model was given last as the beginning of its answer; null: nothing. */
function givenText(model: string): string | null {
  const messages = gateway.fleet.providers[providerOf(model)].requests.at(-1)?.body['messages']
  const last: { role?: string; content?: string } = Array.isArray(messages) ? messages.at(-1) : {}
  return last.role === 'assistant' ? (last.content ?? null) : null
}

/** What the model writes when nothing breaks. */
async function wholeText(key: string, model: string): Promise<string> {
  const { details, text } = await ask(key, { routing: { providers: { only: [providerOf(model)] } } })
  expect(details.outcome).toBe('success')
  expect(text.trim().split(' ')).toHaveLength(WORDS)
  return text
}

describe.each(PAIRS)('%s, then %s', (first, second) => {
  let key = ''
  const whole = { first: '', second: '' }
  beforeAll(async () => {
    key = await gateway.createKey({ models: { allow: [first, second] } })
    // How much each writes is learned: at the end of many answers both are known, and the cheaper one stays the first.
    for (let asked = 0; asked < 10; asked++) {
      whole.first = await wholeText(key, first)
      whole.second = await wholeText(key, second)
    }
  })

  it('cut at every chunk', async () => {
    const ends = { elsewhere: 0, resumed: 0, whole: 0 }
    for (let chunks = 0; ends.whole < 2; chunks++) {
      faultsOf(first).push({ kind: 'die_after_chunks', chunks })
      const heard = await ask(key)
      const { attempts } = heard.details
      const outcomes = attempts.map(({ outcome }) => outcome).join()
      if (outcomes === 'success') {
        // It had been complete: at most its usage was lost.
        ends.whole++
        expect(heard.text).toBe(whole.first)
        continue
      }
      expect(outcomes, `cut at ${chunks}`).toBe('interrupted,success')
      expect(attempts[1]?.route.split('@')[0]).toBe(second)
      expectUnbroken(heard)
      expectTrueBooks(heard)
      const isResumed = heard.chunks[0]?.model === first.split('/')[1]
      if (isResumed) ends.resumed++
      else ends.elsewhere++
      const begun = givenText(second)
      expect(heard.text).toBe(begun === null ? whole.second : whole.first)
      if (begun !== null) expect(whole.first.startsWith(begun)).toBe(true)
    }
    // Before its first content it is another route's answer; from then on it is the same one.
    expect(ends.elsewhere).toBeGreaterThan(0)
    expect(ends.resumed).toBeGreaterThanOrEqual(WORDS / 4)
    await expect.poll(() => gateway.held()).toBe(0)
  })

  it.each<[string, 'stall_after_chunks' | 'error_event_after_chunks' | 'end_after_chunks']>([
    ['silence', 'stall_after_chunks'],
    ['the provider’s error event', 'error_event_after_chunks'],
    ['a missing end mark', 'end_after_chunks'],
  ])('broken by %s', async (_, kind) => {
    // The last of them that is before the end of the answer.
    for (let chunks = 50; chunks > 0; chunks--) {
      faultsOf(first).clear()
      faultsOf(first).push({ kind, chunks })
      const heard = await ask(key)
      if (heard.details.attempts.length === 1) continue
      expectUnbroken(heard)
      expectTrueBooks(heard)
      expect(heard.chunks[0]?.model).toBe(first.split('/')[1])
      return
    }
    throw new Error('it was never cut')
  })
})
