// One provider as the file, the environment and the vendor's defaults make it, the first of these that speaks winning
// (for the base URL the environment, as each vendor's own client reads it).

import { PROVIDER_IDS, type ProviderId } from '../core/route.ts'
import type { DeadlineConfig, ProviderConfig } from './config.ts'
import { type Environment, parseBaseUrl, type Report, secretVariable, variable } from './environment.ts'
import { DRAIN_DEFAULTS, PROVIDER_DEFAULTS, type ProviderDefaults } from './provider-defaults.ts'
import type { FileConfig } from './schema.ts'

interface Surroundings {
  readonly env: Environment
  readonly deadlines: DeadlineConfig
  readonly report: Report
}

type ProviderSection = NonNullable<FileConfig['providers'][ProviderId]>

const NOTHING_SAID: ProviderSection = { enabled: true, drain: {}, deadlines: {} }

export function buildProviders(
  file: FileConfig,
  around: Surroundings,
): ReadonlyMap<ProviderId, ProviderConfig> {
  return new Map(
    PROVIDER_IDS.map((id) => [id, buildProvider(id, file.providers[id] ?? NOTHING_SAID, around)]),
  )
}

function buildProvider(id: ProviderId, section: ProviderSection, around: Surroundings): ProviderConfig {
  const { env, deadlines, report } = around
  const defaults = PROVIDER_DEFAULTS[id]
  const keyEnv = section.api_key_env ?? defaults.keyEnv
  const apiKey = secretVariable(env, keyEnv, { leastLength: 1, report })
  const offBecause = section.enabled
    ? apiKey === null
      ? `${keyEnv} is not set`
      : null
    : 'enabled: false in the configuration'
  return {
    id,
    isEnabled: section.enabled,
    apiKey: offBecause === null ? apiKey : null,
    offBecause,
    region: section.region ?? null,
    baseUrl: baseUrlOf(id, section, around),
    onDisconnect: section.on_disconnect ?? defaults.onDisconnect,
    drain: {
      maxMs: section.drain.max_ms ?? DRAIN_DEFAULTS.maxMs,
      maxBytes: section.drain.max_bytes ?? DRAIN_DEFAULTS.maxBytes,
    },
    deadlines: buildDeadlines(section, deadlines),
  }
}

function buildDeadlines({ deadlines: own }: ProviderSection, shared: DeadlineConfig): DeadlineConfig {
  if (Object.keys(own).length === 0) return shared
  return {
    connectMs: own.connect_ms ?? shared.connectMs,
    firstByteMs: own.first_byte_ms ?? shared.firstByteMs,
    betweenChunksMs: own.between_chunks_ms ?? shared.betweenChunksMs,
    totalMs: own.total_ms ?? shared.totalMs,
  }
}

function baseUrlOf(id: ProviderId, section: ProviderSection, { env, report }: Surroundings): URL {
  const defaults: ProviderDefaults = PROVIDER_DEFAULTS[id]
  const fromEnv = variable(env, defaults.urlEnv)
  const path = fromEnv === null ? `providers.${id}.base_url` : `env ${defaults.urlEnv}`
  const given = fromEnv ?? section.base_url
  if (given !== undefined) {
    const url = parseBaseUrl(given, path, report)
    if (url !== null && id === 'anthropic' && url.pathname.endsWith('/v1')) {
      report({ path, problem: 'ends in /v1, which is added to it', wanted: 'the URL without /v1' })
    }
    return url ?? new URL(defaults.url)
  }
  const { region } = section
  const ofRegion = region === undefined ? defaults.url : defaults.urlByRegion[region]
  if (ofRegion === null && section.enabled) {
    const problem = `is missing, and region ${region} has no public URL`
    report({
      path,
      problem,
      wanted: `the URL of your workspace in ${region}, or the variable ${defaults.urlEnv}`,
    })
  }
  return new URL(ofRegion ?? defaults.url)
}
