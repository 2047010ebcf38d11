// Routes, names, callers and requests for the routing tests.

import { createContentSeal } from '../../../src/access/content-seal.ts'
import { NO_LIMITS } from '../../../src/core/budget.ts'
import type { CallerPolicy } from '../../../src/core/caller.ts'
import { HINTS } from '../../../src/core/hints.ts'
import { CAPABILITIES, type Capability, EFFORTS, type Route, type Traits } from '../../../src/core/route.ts'
import type { ChatRequest } from '../../../src/openai/chat-request.ts'
import { parseChatRequest } from '../../../src/openai/parse-chat-request.ts'
import type { ModelNames } from '../../../src/routing/requested-model.ts'

export const ALL_CAPABILITIES: ReadonlySet<Capability> = new Set(CAPABILITIES)

export function allBut(...missing: readonly Capability[]): ReadonlySet<Capability> {
  return new Set(CAPABILITIES.filter((name) => !missing.includes(name)))
}

/** Of a model that takes everything. */
export const ANY_TRAITS: Traits = {
  hints: new Set(HINTS),
  serviceTiers: null,
  exclusive: [],
  ranges: new Map(),
  efforts: new Map(EFFORTS.map((effort) => [effort, effort === 'minimal' ? 'low' : effort])),
  defaultEffort: null,
  isToldToThink: false,
  limits: {
    choices: Infinity,
    choicesWithTools: Infinity,
    stops: Infinity,
    stopBytes: Infinity,
    imageUrl: Infinity,
    imageData: Infinity,
  },
  sendsText: false,
  textResults: false,
  takesCacheMarks: true,
  needsJsonWord: false,
  schemaSubset: null,
  streamsAlways: false,
  toolNames: null,
}

export function sampleRoute(overrides: Partial<Route> = {}): Route {
  const provider = overrides.provider ?? 'openai'
  const model = overrides.model ?? 'model-a'
  const effort = overrides.effort ?? null
  return {
    id: `${provider}/${model}${effort === null ? '' : `@${effort}`}`,
    provider,
    model,
    effort,
    tier: 'standard',
    contextTokens: 128_000,
    maxPromptTokens: 128_000,
    maxOutputTokens: 32_000,
    capabilities: ALL_CAPABILITIES,
    traits: ANY_TRAITS,
    reasons: effort !== null && effort !== 'none',
    toolsOnChat: 'always',
    tokenizer: 'openai-o200k',
    cache: { mode: 'automatic', minTokens: 0, ttlSeconds: 300, chargesWrites: false },
    ...overrides,
  }
}

export function sampleCaller(overrides: Partial<CallerPolicy> = {}): CallerPolicy {
  return {
    keyId: 'key-1',
    team: null,
    project: null,
    name: 'test',
    tags: {},
    models: { allow: null, deny: [] },
    jurisdictions: null,
    minTier: null,
    maxTier: null,
    baseline: null,
    onContentFilter: 'stop',
    budgets: [],
    limits: NO_LIMITS,
    whenStoreAway: null,
    requestTags: null,
    seal: createContentSeal('fth_test'),
    ...overrides,
  }
}

export function sampleRequest(
  fields: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): ChatRequest {
  const body = { model: 'standard', messages: [{ role: 'user', content: 'Hello there.' }], ...fields }
  return parseChatRequest(Buffer.from(JSON.stringify(body)), headers)
}

/** `known`: models that have a price but no route. */
export function sampleNames(
  routes: readonly Route[],
  overrides: Partial<ModelNames> & { known?: readonly string[] } = {},
): ModelNames {
  const { known = [], ...rest } = overrides
  const byModel = (modelId: string): Route[] =>
    routes.filter((route) => `${route.provider}/${route.model}` === modelId)
  const isKnown = (modelId: string): boolean => known.includes(modelId) || byModel(modelId).length > 0
  return {
    aliases: new Map([
      ['gpt-4o', { tier: 'economy', baseline: 'openai/gpt-4o' }],
      ['o3', { tier: 'premium', baseline: null }],
    ]),
    catalog: {
      routes,
      model: (modelId) => (isKnown(modelId) ? { prices: {} } : undefined),
      defaultRoute: (modelId) => byModel(modelId)[0],
    },
    defaultTier: 'standard',
    baseline: 'openai/baseline',
    ...rest,
  }
}
