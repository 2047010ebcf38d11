// What a request needs of a route: from its own words, its caller's policy and the names of the configuration.

import type { CallerPolicy } from '../core/caller.ts'
import { GatewayError } from '../core/errors.ts'
import { type Asked, honoursEffort } from '../core/hints.ts'
import type { Pico } from '../core/money.ts'
import type { Capability, Effort, ProviderName, Route } from '../core/route.ts'
import type { SurfaceQuestion } from '../core/surface.ts'
import { TIERS, type Tier, tierRank } from '../core/tier.ts'
import type { ChatRequest, NameFilter } from '../openai/chat-request.ts'
import { type Bounds, readBounds } from './bounds.ts'
import { type CacheSubject, readCacheSubject } from './cache-affinity.ts'
import { type OutputShape, requestKind } from './expected-output.ts'
import { type ModelRules, nameDenial, routeDenial, rulesForRoutes } from './model-rules.ts'
import { quoted } from './nearest-names.ts'
import { neededCapabilities } from './needed-capabilities.ts'
import { type ModelNames, type RequestedModel, readRequestedModel, routesOfModel } from './requested-model.ts'
import { readTextProfile, type TextProfile } from './text-profile.ts'

export interface Requirements {
  /** The tier the request is routed at. */
  readonly tier: Tier
  /** Least rank of a route that is good enough. */
  readonly neededRank: number
  /** Ranks of the key's own `minTier` and `maxTier`: no route outside of them. */
  readonly keyRanks: { readonly least: number; readonly most: number }
  /** The candidates of a pinned model; null: every route. */
  readonly pinned: { readonly modelId: string; readonly routes: readonly Route[] } | null
  /** The client's reasoning effort; null when it sets none, and for a pin, whose candidates already match it. */
  readonly effort: Effort | null
  readonly capabilities: readonly Capability[]
  /** What decides which of a provider's APIs the request speaks. */
  readonly surface: SurfaceQuestion
  readonly bounds: Bounds
  /** Set where no hint may be left out. */
  readonly strict: Asked | null
  /** The client's own output cap per choice, choices, and the kind of request. */
  readonly output: OutputShape
  readonly maxCost: Pico | null
  /** Something of ours is kept only where the output is bounded: where the client sets no bound, the operator's is sent. */
  readonly needsOutputBound: boolean
  /** The client's `service_tier`, where it sets one. */
  readonly serviceTier: string | null
  readonly providers: NameFilter<ProviderName>
  readonly jurisdictions: NameFilter<string>
  /** Where the key may send requests; null: anywhere. */
  readonly keyJurisdictions: readonly string[] | null
  readonly models: ModelRules
  readonly profile: TextProfile
  /** Bytes that the gateway adds to the prompt, reasoning of earlier turns, by the route's place; null: none anywhere. */
  readonly recalledBytes: Float64Array | null
  readonly cache: CacheSubject
  /** `provider/model` that savings are measured against. */
  readonly baselineModel: string | null
}

export interface RequirementsContext extends ModelNames {
  /** The answer will be held against its JSON schema here: a route need not keep it by itself. */
  readonly checksSchema?: boolean
}

/** Throws GatewayError `model_not_found` or `model_not_allowed`. */
export function readRequirements(
  request: ChatRequest,
  caller: CallerPolicy,
  names: RequirementsContext,
): Requirements {
  const { checksSchema = false } = names
  const asked = readRequestedModel(request.model, names)
  const capabilities = neededCapabilities(request, checksSchema)
  const demand =
    asked.kind === 'pinned'
      ? pin({ modelId: asked.modelId, capabilities }, request, names)
      : demandTier(asked, request, caller)
  const models = rulesForRoutes(caller.models, request.model)
  refuseForbidden({ request, caller, names, demand, models })
  const { routing } = request
  return {
    ...demand,
    keyRanks: keyRanks(caller),
    surface: readSurfaceQuestion(request),
    capabilities,
    bounds: readBounds(request, checksSchema),
    strict: request.routing.strict ? request : null,
    output: {
      kind: requestKind(request),
      maxOutputTokens: request.maxOutputTokens,
      choices: request.choices,
    },
    maxCost: routing.maxCost,
    needsOutputBound: routing.maxCost !== null,
    serviceTier: request.serviceTier,
    providers: routing.providers,
    jurisdictions: routing.jurisdictions,
    keyJurisdictions: caller.jurisdictions,
    models,
    profile: readTextProfile(request),
    recalledBytes: null,
    cache: readCacheSubject(request, caller.keyId),
    baselineModel: readBaseline(asked, caller, names),
  }
}

function readSurfaceQuestion({ features, members, reasoningEffort }: ChatRequest): SurfaceQuestion {
  const { toolCount, hasResultMedia } = features
  return { toolCount, hasFunctions: members.has('functions'), hasResultMedia, reasoningEffort }
}

type Demand = Pick<Requirements, 'tier' | 'neededRank' | 'pinned' | 'effort'>

interface Pinned {
  readonly modelId: string
  readonly capabilities: readonly Capability[]
}

/**
 * A pinned model is never substituted, only its effort is chosen: the client's if the model has a route with it, else the
 * cheapest that reaches the tier the client stated, else the model's default. Where that cannot do what is asked and
 * another effort can, it is that: a thinking model that refuses a forced tool choice is asked without thinking.
 */
function pin({ modelId, capabilities }: Pinned, request: ChatRequest, { catalog }: ModelNames): Demand {
  const routes = routesOfModel(catalog.routes, modelId)
  const stated = request.routing.tier
  const wanted = atEffort(routes, request, catalog.defaultRoute(modelId) ?? routes[0])
  const able = (route: Route): boolean => capabilities.every((name) => route.capabilities.has(name))
  const others = wanted.some(able) ? [] : routes.filter(able)
  const candidates = others.length > 0 ? others : wanted
  const tier = stated ?? candidates[0]?.tier ?? 'economy'
  return {
    tier,
    neededRank: stated === null ? 0 : tierRank(stated),
    pinned: { modelId, routes: candidates },
    effort: null,
  }
}

function atEffort(
  routes: readonly Route[],
  { reasoningEffort, routing }: ChatRequest,
  fallback: Route | undefined,
): readonly Route[] {
  if (reasoningEffort === null && routing.tier !== null) return routes
  const exact =
    reasoningEffort === null ? [] : routes.filter((route) => honoursEffort(route, reasoningEffort))
  if (exact.length > 0) return exact
  return fallback === undefined ? [] : [fallback]
}

function demandTier(
  asked: Exclude<RequestedModel, { kind: 'pinned' }>,
  request: ChatRequest,
  caller: CallerPolicy,
): Demand {
  const stated = request.routing.tier ?? asked.tier
  const { least, most } = keyRanks(caller)
  let rank = Math.max(tierRank(stated), least)
  if (rank > most) {
    // Nobody asked for what `auto` chose, so it can be lowered; what was asked for cannot.
    if (asked.kind !== 'auto' || request.routing.tier !== null) {
      throw notAllowed(`The tier ${stated} is above this key's max_tier, ${caller.maxTier}.`)
    }
    rank = most
  }
  const tier = TIERS[rank] ?? stated
  return { tier, neededRank: rank, pinned: null, effort: request.reasoningEffort }
}

/** The ranks that the key's tiers leave. */
export function keyRanks({ minTier, maxTier }: CallerPolicy): Requirements['keyRanks'] {
  return {
    least: minTier === null ? 0 : tierRank(minTier),
    most: maxTier === null ? TIERS.length - 1 : tierRank(maxTier),
  }
}

interface Access {
  readonly request: ChatRequest
  readonly caller: CallerPolicy
  readonly names: ModelNames
  readonly demand: Demand
  readonly models: ModelRules
}

/** A name that the key may not use at all is refused by its rule; a route that it may not use is merely no candidate. */
function refuseForbidden({ request, caller, names, demand, models }: Access): void {
  const { pinned, neededRank } = demand
  const denial = nameDenial(caller.models, request.model)
  if (denial !== null) throw notAllowed(`This key may not use ${quoted(request.model)}: ${denial}.`)
  if (models.allow === null && models.deny.length === 0) return
  let rule: string | null = null
  for (const route of pinned?.routes ?? names.catalog.routes) {
    if (tierRank(route.tier) < neededRank) continue
    rule = routeDenial(models, route)
    if (rule === null) return
  }
  if (rule === null) return
  const because = pinned === null ? 'its models.allow and models.deny leave no model for it' : rule
  throw notAllowed(`This key may not use ${quoted(request.model)}: ${because}.`)
}

function notAllowed(message: string): GatewayError {
  return new GatewayError('model_not_allowed', message, { param: 'model' })
}

/** The model the application named, where its price is known; else the key's baseline; else the configuration's. */
function readBaseline(
  asked: RequestedModel,
  caller: CallerPolicy,
  { catalog, baseline }: ModelNames,
): string | null {
  const named = asked.kind === 'pinned' ? asked.modelId : asked.kind === 'alias' ? asked.baselineModel : null
  if (named !== null && (catalog.model(named)?.prices ?? null) !== null) return named
  return caller.baseline ?? baseline
}
