// A route of a provider for which a request is built.

import type { Effort, ProviderId, Route } from '../../src/core/route.ts'

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
    capabilities: {
      tools: true,
      customTools: true,
      forcedToolChoice: true,
      jsonObject: true,
      jsonSchema: true,
      images: true,
      imageUrls: true,
      video: true,
      audio: true,
      files: true,
      manyChoices: true,
      logprobs: true,
    },
    reasons: true,
    tokenizer: 'openai',
    cache: null,
  }
}
