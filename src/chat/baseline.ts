// What the same tokens would have cost on the model that savings are measured against, had the conversation stayed there.

import type { Catalog, Model } from '../catalog/catalog.ts'
import { priceUsage } from '../catalog/price-usage.ts'
import type { Pico } from '../core/money.ts'
import type { AttemptRecord } from '../core/request-record.ts'
import { modelOf } from '../core/route.ts'
import { promptTokens, type Usage } from '../core/usage.ts'
import { usesCache } from '../routing/cache-affinity.ts'
import type { Turn } from '../routing/conversations.ts'
import type { Requirements } from '../routing/requirements.ts'
import type { Learning } from './services.ts'

export interface Baseline {
  readonly baseline: Pico
  readonly baselineModel: string | null
}

/** Of the story of a request. */
export interface Measure {
  readonly requirements: Pick<Requirements, 'baselineModel' | 'cache' | 'pinned' | 'profile'>
  readonly startedAtMs: number
}

/** What answered, or is expected to. */
export interface Answered {
  readonly usage: Usage
  readonly route: { readonly provider: string; readonly model: string }
}

interface BaselineServices {
  readonly catalog: Pick<Catalog, 'model'>
  readonly learning: {
    readonly cache: Pick<Learning['cache'], 'lastTurn'>
    readonly tokens: Pick<Learning['tokens'], 'promptTokens'>
  }
}

const NONE: Baseline = Object.freeze({ baseline: 0, baselineModel: null })

/** What became of a request. */
export interface Outcome {
  readonly attempts: readonly AttemptRecord[]
  /** What the client got; null when it got no answer. */
  readonly answered: Answered | null
}

/** By what the client got, or where it got nothing by the last attempt that was billed; nothing where none was. */
export function baselineOfAttempts(
  services: BaselineServices,
  measure: Measure,
  { attempts, answered }: Outcome,
): Baseline {
  const billed = attempts.findLast(({ source }) => source !== null)
  if (billed === undefined) return NONE
  return baselineOf(services, measure, answered ?? { usage: billed.usage, route: billed })
}

export function baselineOf(services: BaselineServices, measure: Measure, answered: Answered): Baseline {
  const { baselineModel } = measure.requirements
  const model = baselineModel === null ? undefined : services.catalog.model(baselineModel)
  const atMs = measure.startedAtMs
  // A price may be known for the future only.
  if (model?.prices?.segmentAt(atMs) == null) return NONE
  const { usage } = answered
  const baseline = priceUsage(model.prices, usage, { atMs }).total
  const cached = cachedHadItStayed(services, model, { ...measure, ...answered })
  if (cached <= usage.cacheRead) return { baseline, baselineModel }
  const stayed = priceUsage(model.prices, readFromCache(usage, cached), { atMs }).total
  return { baseline: Math.min(baseline, stayed), baselineModel }
}

/**
 * How much of the prompt the baseline's cache would have held: all of the turn before, however it was answered, if that was
 * within the cache's lifetime. Where it is not known when that was, it was: a baseline must not flatter.
 */
function cachedHadItStayed(services: BaselineServices, model: Model, question: Measure & Answered): number {
  const { requirements, startedAtMs, usage, route } = question
  const { cache, baselineModel } = requirements
  // Its application moved it, and would have lost the cache without us, too.
  if (requirements.pinned !== null) return 0
  if (model.cache !== null && !usesCache(model.cache, cache)) return 0
  const prompt = promptTokens(usage)
  const leastTokens = model.cache?.minTokens ?? 0
  if (prompt < leastTokens) return 0
  const last = services.learning.cache.lastTurn(cache, startedAtMs)
  // It did stay: what was read from the cache is known.
  if (modelOf(route) === baselineModel && (last === null || modelOf(last) === baselineModel)) return 0
  const ttlMs = (model.cache?.ttlSeconds ?? Number.POSITIVE_INFINITY) * 1_000
  if (last !== null && startedAtMs - last.atMs > ttlMs) return 0
  const repeated = last === null ? prompt * cache.repeatedShare : tokensOf(services, last, question)
  const prefix = Math.min(prompt, Math.ceil(repeated))
  return prefix < leastTokens ? 0 : prefix
}

/** The prompt of that turn as the model counts that answers now. */
function tokensOf(
  { catalog, learning }: BaselineServices,
  last: Turn,
  { requirements: { profile }, route }: Measure & Answered,
): number {
  const tokenizer = catalog.model(modelOf(route))?.tokenizer
  if (tokenizer === undefined || tokenizer === last.tokenizer) return last.prompt
  const now = learning.tokens.promptTokens(tokenizer, profile)
  const then = learning.tokens.promptTokens(last.tokenizer, profile)
  return then === 0 ? last.prompt : (last.prompt * now) / then
}

/** So much of the prompt from the cache. What was written anew is what the cache was lost for, so that is the first to go. */
function readFromCache(usage: Usage, cacheRead: number): Usage {
  let missing = cacheRead - usage.cacheRead
  const take = (tokens: number): number => {
    const taken = Math.min(tokens, missing)
    missing -= taken
    return tokens - taken
  }
  const cacheWriteLong = take(usage.cacheWriteLong)
  const cacheWrite = take(usage.cacheWrite)
  return { ...usage, cacheRead, cacheWriteLong, cacheWrite, freshInput: take(usage.freshInput) }
}
