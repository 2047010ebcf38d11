// The only list of providers.

import type { ProviderId, Route } from '../core/route.ts'
import { surfaceOf } from '../core/surface.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import { anthropic } from './anthropic/provider.ts'
import { deepseek } from './deepseek.ts'
import { kimi } from './kimi.ts'
import { openai } from './openai.ts'
import { openaiResponses } from './openai-responses/provider.ts'
import type { Provider } from './provider.ts'
import { qwen } from './qwen.ts'

const PROVIDERS: Readonly<Record<ProviderId, Provider>> = {
  deepseek,
  alibaba: qwen,
  moonshot: kimi,
  openai,
  anthropic,
}

export function providerById(id: ProviderId): Provider {
  return PROVIDERS[id]
}

/** The translator of the API that the request speaks on the route. */
export function providerFor(route: Route, { features, reasoningEffort }: ChatRequest): Provider {
  const surface = surfaceOf(route, { toolCount: features.toolCount, reasoningEffort })
  return surface === 'responses' ? openaiResponses : providerById(route.provider)
}
