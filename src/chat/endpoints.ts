// The providers of a configuration: how each is spoken to, and where those live that are on.

import type { Config } from '../config/config.ts'
import type { ProviderName } from '../core/route.ts'
import { createProviderRegistry, type ProviderRegistry } from '../providers/registry.ts'
import type { ProviderEndpoint } from './services.ts'

export interface ConfiguredProviders {
  readonly registry: ProviderRegistry
  /** Of those that are on. */
  readonly endpoints: ReadonlyMap<ProviderName, ProviderEndpoint>
}

export function buildProviders({ providers }: Pick<Config, 'providers'>): ConfiguredProviders {
  const registry = createProviderRegistry(
    [...providers.values()].flatMap(({ id, server }) => (server === null ? [] : [{ name: id, ...server }])),
  )
  const endpoints = new Map<ProviderName, ProviderEndpoint>()
  for (const { id, isOn, apiKey, baseUrl, deadlines, onDisconnect, drain } of providers.values()) {
    if (!isOn) continue
    const provider = registry.byName(id)
    const authHeaders = apiKey === null ? {} : provider.authHeaders(apiKey.reveal())
    const { origin, pathname } = baseUrl
    endpoints.set(id, {
      provider,
      baseUrl: { origin, pathname },
      authHeaders,
      deadlines,
      onDisconnect,
      drain,
    })
  }
  return { registry, endpoints }
}
