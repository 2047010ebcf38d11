// A route of a provider for which a request is built.

import { CAPABILITIES, type Effort, type ProviderId, type Route } from '../../src/core/route.ts'

export interface RouteTarget {
  readonly model: string
  readonly effort: Effort | null
  readonly maxOutputTokens: number
}

export function routeFor(provider: ProviderId, { model, effort, maxOutputTokens }: RouteTarget): Route {
  return {
    id: `${provider}/${model}`,
    provider,
    model,
    effort,
    tier: 'standard',
    contextTokens: 1_000_000,
    maxPromptTokens: 1_000_000,
    maxOutputTokens,
    capabilities: new Set(CAPABILITIES),
    reasons: true,
    toolsOnChat: 'always',
    tokenizer: 'openai',
    cache: null,
  }
}
