// What of a prompt a provider's cache will hold: follow-up turns of a conversation are cheapest where the earlier ones
// went. Only an expectation: a wrong one costs money, never correctness.

import { crc32 } from 'node:zlib'
import type { CacheRules, Route } from '../core/route.ts'
import { promptTokens, type Usage } from '../core/usage.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import { createConversations, type Turn } from './conversations.ts'

export interface CacheExpectation {
  readonly cacheRead: number
  readonly cacheWrite: number
}

/** What identifies a request to caches. */
export interface CacheSubject {
  /** Of the conversation; see `conversationFingerprint`. */
  readonly conversation: string
  /** Whether the request itself marks what to cache. */
  readonly marksCache: boolean
  /** The share of its bytes that stand before its newest turn: 0 in the first turn of a conversation. */
  readonly repeatedShare: number
}

export interface CacheAffinity {
  /** Tokens of a prompt of `prompt` tokens, at `atMs`. */
  expected(route: Route, subject: CacheSubject, at: { prompt: number; atMs: number }): CacheExpectation
  /** The last turn before then, whichever model answered it; null where it is not known. */
  lastTurn(subject: CacheSubject, beforeMs: number): Turn | null
  /** The route answered at `atMs` and reported `usage`. */
  observe(route: Route, subject: CacheSubject, seen: { usage: Usage; atMs: number }): void
}

const NOTHING: CacheExpectation = Object.freeze({ cacheRead: 0, cacheWrite: 0 })

/** Before anything is learned, nine of ten prefixes inside their lifetime are found. */
const PRIOR_HIT_RATE = 0.9
const HIT_RATE_WEIGHT = 0.05
const LEAST_HIT_RATE = 0.05
const MOST_HIT_RATE = 0.99

/** No provider's cache holds shorter ones, but for those that say so. */
const LEAST_REMEMBERED = 1_024

export function createCacheAffinity(options: { readonly maxEntries: number }): CacheAffinity {
  const conversations = createConversations(options)
  const hitRates = new Map<string, number>()

  const prefixTokens = (
    rules: CacheRules,
    route: Route,
    { conversation }: CacheSubject,
    atMs: number,
  ): number => {
    const turn = conversations.lastOf(conversation, route)
    if (turn === null || !turn.isCached || turn.prompt < rules.minTokens) return 0
    return atMs - turn.atMs <= rules.ttlSeconds * 1_000 ? turn.prompt : 0
  }
  const learnHitRate = (key: string, found: number): void => {
    const before = hitRates.get(key) ?? PRIOR_HIT_RATE
    const after = before + HIT_RATE_WEIGHT * (Math.min(1, found) - before)
    hitRates.set(key, Math.min(MOST_HIT_RATE, Math.max(LEAST_HIT_RATE, after)))
  }

  return {
    expected(route, subject, { prompt, atMs }) {
      const rules = route.cache
      if (rules === null || !usesCache(rules, subject) || prompt < rules.minTokens) return NOTHING
      const prefix = Math.min(prompt, prefixTokens(rules, route, subject, atMs))
      if (prefix === 0 && !rules.chargesWrites) return NOTHING
      const cacheRead =
        prefix === 0 ? 0 : Math.round(prefix * (hitRates.get(modelKey(route)) ?? PRIOR_HIT_RATE))
      return { cacheRead, cacheWrite: rules.chargesWrites ? prompt - cacheRead : 0 }
    },

    lastTurn: ({ conversation }, beforeMs) => conversations.lastBefore(conversation, beforeMs),

    observe(route, subject, { usage, atMs }) {
      const rules = route.cache !== null && usesCache(route.cache, subject) ? route.cache : null
      const prompt = promptTokens(usage)
      if (prompt < (rules?.minTokens ?? LEAST_REMEMBERED)) return
      if (rules !== null) {
        const prefix = Math.min(prompt, prefixTokens(rules, route, subject, atMs))
        if (prefix > 0) learnHitRate(modelKey(route), usage.cacheRead / prefix)
      }
      const { provider, model, tokenizer } = route
      conversations.add(subject.conversation, {
        provider,
        model,
        tokenizer,
        prompt,
        atMs,
        isCached: rules !== null,
      })
    },
  }
}

/** Requests up to this size of opening are told apart by every byte of it; longer ones by its ends and its length. */
const WHOLE_OPENING_BYTES = 4_096

/** Its fingerprint is made when first asked for: short prompts are cached nowhere, and nobody asks. */
export function readCacheSubject(request: ChatRequest, keyId: string): CacheSubject {
  let conversation: string | undefined
  return {
    get conversation() {
      return (conversation ??= conversationFingerprint(request, keyId))
    },
    marksCache: marksCache(request),
    get repeatedShare() {
      return repeatedShare(request)
    },
  }
}

/** What stands before the last answer was in the prompt that it answered. */
function repeatedShare({ raw, messages }: ChatRequest): number {
  const answer = messages.findLast(({ role }) => role === 'assistant')
  const last = messages.at(-1)
  if (answer === undefined || last === undefined) return 0
  return 1 - (last.span.end - answer.span.start) / raw.length
}

/**
 * The session that the client named, else length and checksum of the messages up to the first of the user, which every
 * later turn repeats: two that are taken for the same, one in billions, make an expectation wrong. A key's conversations are its own: prompts are not compared across keys.
 */
export function conversationFingerprint(request: ChatRequest, keyId: string): string {
  if (request.routing.session !== null) return `s:${keyId}:${request.routing.session}`
  const list = request.members.get('messages')
  const start = list?.start ?? 0
  const firstUser = request.messages.find((message) => message.role === 'user') ?? request.messages.at(-1)
  const end = Math.max(start, firstUser?.contentSpan?.end ?? firstUser?.roleSpan.end ?? start)
  const half = WHOLE_OPENING_BYTES / 2
  const opening =
    end - start <= WHOLE_OPENING_BYTES
      ? request.raw.subarray(start, end)
      : Buffer.concat([request.raw.subarray(start, start + half), request.raw.subarray(end - half, end)])
  return `m:${keyId}:${end - start}:${crc32(opening)}`
}

/** As bytes: a text would be made into them for every request. */
const CACHE_MARK = Buffer.from('"cache_control"')

/** Whether the request marks prefixes for caching, as Anthropic and Alibaba read it. */
export function marksCache({ raw }: ChatRequest): boolean {
  return raw.includes(CACHE_MARK)
}

/** Whether the model looks for the request's prompt in its cache. */
export function usesCache(rules: CacheRules, subject: Pick<CacheSubject, 'marksCache'>): boolean {
  return rules.mode === 'automatic' || subject.marksCache
}

function modelKey(route: Route): string {
  return `${route.provider}/${route.model}`
}
