// The only list of providers: the vendors whose dialects are coded, and the servers that the configuration describes.

import { isProviderId, PROVIDER_IDS, type ProviderId, type ProviderName, type Route } from '../core/route.ts'
import { surfaceOf } from '../core/surface.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import { anthropic } from './anthropic/provider.ts'
import { type CompatibleServer, createCompatibleProvider } from './compatible.ts'
import { deepseek } from './deepseek.ts'
import { kimi } from './kimi.ts'
import { openai } from './openai.ts'
import { openaiResponses } from './openai-responses/provider.ts'
import type { Provider } from './provider.ts'
import { qwen } from './qwen.ts'

const VENDORS: Readonly<Record<ProviderId, Provider>> = {
  deepseek,
  alibaba: qwen,
  moonshot: kimi,
  openai,
  anthropic,
}

export interface ProviderRegistry {
  /** Of all there are, on or off. */
  readonly names: readonly ProviderName[]
  /** Throws a RangeError for a name that stands nowhere. */
  byName(name: ProviderName): Provider
  /** The translator of the API that the request speaks on the route. */
  for(route: Route, request: ChatRequest): Provider
}

export function createProviderRegistry(servers: readonly CompatibleServer[] = []): ProviderRegistry {
  const compatible = new Map(servers.map((server) => [server.name, createCompatibleProvider(server)]))
  const byName = (name: ProviderName): Provider => {
    const provider = isProviderId(name) ? VENDORS[name] : compatible.get(name)
    if (provider === undefined) throw new RangeError(`there is no provider ${name}`)
    return provider
  }
  return {
    names: [...PROVIDER_IDS, ...compatible.keys()],
    byName,
    for(route, { features, reasoningEffort }) {
      const surface = surfaceOf(route, { toolCount: features.toolCount, reasoningEffort })
      return surface === 'responses' ? openaiResponses : byName(route.provider)
    },
  }
}
