// A provider's prompt cache: which part of a prompt was seen before, and which part is newly written, in tokens.

import { createHash } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import type { ProviderId } from '../core/route.ts'
import type { Prompt } from './prompt.ts'
import type { SimulatedModel } from './simulated-model.ts'
import { countTokens } from './tokenizer.ts'

/** The prompt's tokens in disjoint classes. */
export interface PromptCharge {
  readonly input: number
  readonly cachedInput: number
  readonly cacheWrite: number
  readonly cacheWriteLong: number
}

export interface PrefixCache {
  /** Looks the prompt up and remembers it. */
  charge(model: SimulatedModel, prompt: Prompt): PromptCharge
}

interface Span {
  readonly read: number
  readonly written: number
  readonly writtenLong: number
}

/** An automatic cache remembers a prompt every so many characters, and hits are whole units of tokens. */
const BLOCK_LENGTH = 512
const UNIT_TOKENS = 64
const TOKENS_PER_MESSAGE = 3
const MAX_ENTRIES = 100_000
const SHORT_MS = 5 * 60_000
const LONG_MS = 60 * 60_000

export function createPrefixCache(provider: ProviderId, clock: Clock): PrefixCache {
  const expiresAtMs = new Map<string, number>()

  const isAlive = (key: string): boolean => (expiresAtMs.get(key) ?? 0) > clock.now()
  const remember = (key: string, ttlMs: number): void => {
    // A hit renews an entry and never shortens it: a long-lived one may be read through a short mark.
    const untilMs = Math.max(expiresAtMs.get(key) ?? 0, clock.now() + ttlMs)
    expiresAtMs.delete(key)
    expiresAtMs.set(key, untilMs)
    for (const oldest of expiresAtMs.keys()) {
      if (expiresAtMs.size <= MAX_ENTRIES) break
      expiresAtMs.delete(oldest)
    }
  }
  const tokensBefore = (prompt: Prompt, offset: number): number =>
    countTokens(provider, prompt.text.slice(0, offset))

  function passAutomatic(model: SimulatedModel, prompt: Prompt, total: number): Span {
    const { cache } = model
    if (cache === null || total < cache.minTokens) return NOTHING
    let readTo = 0
    const keys = blockKeys(model.id, prompt.text)
    for (const key of keys) {
      if (!isAlive(key)) break
      readTo += BLOCK_LENGTH
    }
    for (const key of keys) remember(key, cache.ttlMs)
    const found = wholeUnits(tokensBefore(prompt, readTo))
    const read = found < cache.minTokens ? 0 : Math.min(found, wholeUnits(total - 1))
    const written = cache.chargesWrites ? wholeUnits(total) - read : 0
    return { read, written, writtenLong: 0 }
  }

  function passMarked(model: SimulatedModel, prompt: Prompt): Span {
    const last = prompt.marks.at(-1)
    const minTokens = model.cache?.minTokens ?? 0
    if (last === undefined || tokensBefore(prompt, last.offset) < minTokens) return NOTHING
    const keyAt = (offset: number): string => prefixKey(model.id, prompt.text.slice(0, offset))
    const readTo = prompt.boundaries.findLast(
      (offset) =>
        offset <= last.offset && tokensBefore(prompt, offset) >= minTokens && isAlive(keyAt(offset)),
    )
    for (const mark of prompt.marks) remember(keyAt(mark.offset), mark.isLong ? LONG_MS : SHORT_MS)
    if (readTo !== undefined && !prompt.marks.some(({ offset }) => offset === readTo))
      remember(keyAt(readTo), SHORT_MS)
    const read = tokensBefore(prompt, readTo ?? 0)
    const longTo = prompt.marks.findLast(({ isLong }) => isLong)?.offset ?? 0
    const long = Math.max(0, tokensBefore(prompt, longTo) - read)
    return { read, writtenLong: long, written: tokensBefore(prompt, last.offset) - read - long }
  }

  return {
    charge(model, prompt) {
      const total = countTokens(provider, prompt.text) + TOKENS_PER_MESSAGE * prompt.messageCount
      const span =
        model.cache?.mode === 'marked' ? passMarked(model, prompt) : passAutomatic(model, prompt, total)
      return {
        input: total - span.read - span.written - span.writtenLong,
        cachedInput: span.read,
        cacheWrite: span.written,
        cacheWriteLong: span.writtenLong,
      }
    },
  }
}

const NOTHING: Span = { read: 0, written: 0, writtenLong: 0 }

function wholeUnits(tokens: number): number {
  return tokens - (tokens % UNIT_TOKENS)
}

/** A key for each full block, each made from all the text up to it. */
function blockKeys(modelId: string, text: string): readonly string[] {
  const hash = createHash('sha1').update(modelId)
  const keys: string[] = []
  for (let end = BLOCK_LENGTH; end <= text.length; end += BLOCK_LENGTH) {
    hash.update(text.slice(end - BLOCK_LENGTH, end))
    keys.push(hash.copy().digest('base64'))
  }
  return keys
}

function prefixKey(modelId: string, text: string): string {
  return createHash('sha1').update(modelId).update(text).digest('base64')
}
