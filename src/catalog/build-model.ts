// One model of the file → the model with its routes.

import type { CacheRules, Capability, Route } from '../core/route.ts'
import { buildPrices, type PriceContext } from './build-prices.ts'
import { buildTraits } from './build-traits.ts'
import type { Model } from './catalog.ts'
import type { ModelEntry, RouteEntry, TraitsEntry } from './schema.ts'

const DAY_MS = 86_400_000

export interface ModelContext extends PriceContext {
  /** The region configured for the provider. */
  readonly region: string
  readonly traits: ReadonlyMap<string, TraitsEntry>
}

export function buildModel(entry: ModelEntry, context: ModelContext): Model {
  const { path, region, report } = context
  const defaults = entry.routes.filter((route) => route.effort === undefined).length
  if (entry.routes.length > 0 && entry.status === 'retired') {
    const problem = 'has routes, and its vendor serves it no more'
    report({ path: `${path}.routes`, problem, wanted: 'no routes: a retired model is a baseline only' })
  } else if (entry.routes.length > 0 && defaults !== 1) {
    const problem = `has ${defaults} routes without an effort`
    report({ path: `${path}.routes`, problem, wanted: 'exactly one route without an effort' })
  }
  if ((entry.max_prompt ?? 0) > entry.context || entry.max_output > entry.context) {
    report({
      path: `${path}.context`,
      problem: `${entry.context} is less than max_prompt or max_output`,
      wanted: 'the most tokens of prompt and output together',
    })
  }
  if (entry.tools_on_chat !== undefined && entry.provider !== 'openai') {
    const problem = `is said of a model of ${entry.provider}, which has no other way for tools`
    report({ path: `${path}.tools_on_chat`, problem, wanted: 'models of openai only' })
  }
  const traits = entry.traits === undefined ? undefined : context.traits.get(entry.traits)
  if (traits === undefined && (entry.routes.length > 0 || entry.traits !== undefined)) {
    const problem = entry.traits === undefined ? 'is missing' : `there are no traits ${entry.traits}`
    report({ path: `${path}.traits`, problem, wanted: `one of ${[...context.traits.keys()].join(', ')}` })
  }
  return {
    provider: entry.provider,
    id: entry.id,
    retiresOn: entry.retires_on ?? null,
    prices: buildPrices(entry.prices, region, { ...context, path: `${path}.prices` }),
    tokenizer: entry.tokenizer,
    cache: buildCache(entry),
    routes: traits === undefined ? [] : entry.routes.map((route) => buildRoute(entry, route, traits)),
  }
}

function buildCache({ cache }: ModelEntry): CacheRules | null {
  if (cache === undefined) return null
  return {
    mode: cache.mode,
    minTokens: cache.min_tokens,
    ttlSeconds: cache.ttl_seconds,
    chargesWrites: cache.charges_writes,
  }
}

function buildRoute(model: ModelEntry, route: RouteEntry, traits: TraitsEntry): Route {
  const id = `${model.provider}/${model.id}`
  return {
    id: route.effort === undefined ? id : `${id}@${route.effort}`,
    provider: model.provider,
    model: model.id,
    effort: route.effort ?? null,
    tier: route.tier,
    contextTokens: model.context,
    maxPromptTokens: model.max_prompt ?? model.context,
    maxOutputTokens: model.max_output,
    capabilities: buildCapabilities([...model.can, ...traits.can], route),
    traits: buildTraits(traits, { model, route }),
    reasons: route.reasons,
    toolsOnChat: model.tools_on_chat?.accepted ?? 'always',
    tokenizer: model.tokenizer,
    cache: buildCache(model),
    // On the day itself it may be served still.
    ...(model.retires_on === undefined ? {} : { servedUntilMs: Date.parse(model.retires_on) + DAY_MS }),
  }
}

function buildCapabilities(can: readonly Capability[], { cannot }: RouteEntry): ReadonlySet<Capability> {
  const capabilities = new Set(can.filter((word) => !cannot.includes(word)))
  // Whoever calls the function that is named calls one when one is required.
  if (capabilities.has('forced_tool_choice')) capabilities.add('required_tool_choice')
  if (capabilities.has('json_schema') || capabilities.has('json_object'))
    capabilities.add('checked_json_schema')
  return capabilities
}
