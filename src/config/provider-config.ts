// One provider as the file, the environment and the vendor's defaults make it, the first of these that speaks winning
// (for the base URL the environment, as each vendor's own client reads it). A server of the operator's has the file alone.

import { PROVIDER_IDS, type ProviderId, type ProviderName } from '../core/route.ts'
import type { DeadlineConfig, ProviderConfig } from './config.ts'
import { type Environment, parseBaseUrl, type Report, secretVariable, variable } from './environment.ts'
import { formatPath } from './parse-file.ts'
import { DRAIN_DEFAULTS, PROVIDER_DEFAULTS, type ProviderDefaults } from './provider-defaults.ts'
import type { FileConfig, ServerSection, VendorSection } from './schema.ts'
import { buildServer } from './server-config.ts'

interface Surroundings {
  readonly env: Environment
  readonly deadlines: DeadlineConfig
  readonly report: Report
}

/** Stands for an address that was refused, until the start is. */
const NOWHERE = 'http://invalid'
const NOTHING_SAID: VendorSection = { enabled: true, drain: {}, deadlines: {} }

export function buildProviders(
  file: FileConfig,
  around: Surroundings,
): ReadonlyMap<ProviderName, ProviderConfig> {
  const vendors = PROVIDER_IDS.map((id) => buildVendor(id, file.providers[id] ?? NOTHING_SAID, around))
  const servers = serverSections(file).map(([name, section]) => buildOwnServer(name, section, around))
  return new Map([...vendors, ...servers].map((provider) => [provider.id, provider]))
}

function serverSections({ providers }: FileConfig): readonly (readonly [ProviderName, ServerSection])[] {
  return Object.entries(providers).flatMap(([name, section]) =>
    section !== undefined && 'kind' in section ? [[name, section] as const] : [],
  )
}

function buildVendor(id: ProviderId, section: VendorSection, around: Surroundings): ProviderConfig {
  const defaults = PROVIDER_DEFAULTS[id]
  return {
    id,
    ...buildSwitch(section, section.api_key_env ?? defaults.keyEnv, around),
    region: section.region ?? null,
    baseUrl: baseUrlOf(id, section, around),
    ...buildTreatment(section, defaults.onDisconnect, around),
    server: null,
  }
}

function buildOwnServer(name: ProviderName, section: ServerSection, around: Surroundings): ProviderConfig {
  const path = formatPath(['providers', name, 'base_url'])
  const url = parseBaseUrl(section.base_url, path, around.report)
  if (url?.pathname.endsWith('/chat/completions') === true) {
    const problem = 'ends in /chat/completions, which is added to it'
    around.report({ path, problem, wanted: 'the URL without it, such as http://127.0.0.1:8000/v1' })
  }
  return {
    id: name,
    ...buildSwitch(section, section.api_key_env ?? null, around),
    region: null,
    baseUrl: url ?? new URL(NOWHERE),
    // vLLM, llama.cpp and Ollama stop when the connection is closed.
    ...buildTreatment(section, 'abort', around),
    server: buildServer(name, section, around.report),
  }
}

/** `keyEnv` null: it wants no key. */
function buildSwitch(
  { enabled }: VendorSection | ServerSection,
  keyEnv: string | null,
  { env, report }: Surroundings,
): Pick<ProviderConfig, 'isEnabled' | 'isOn' | 'apiKey' | 'offBecause'> {
  const apiKey = keyEnv === null ? null : secretVariable(env, keyEnv, { leastLength: 1, report })
  const lacksKey = keyEnv !== null && apiKey === null
  const offBecause = enabled
    ? lacksKey
      ? `${keyEnv} is not set`
      : null
    : 'enabled: false in the configuration'
  const isOn = offBecause === null
  return { isEnabled: enabled, isOn, apiKey: isOn ? apiKey : null, offBecause }
}

function buildTreatment(
  section: VendorSection | ServerSection,
  onDisconnect: ProviderConfig['onDisconnect'],
  { deadlines }: Surroundings,
): Pick<ProviderConfig, 'onDisconnect' | 'drain' | 'deadlines'> {
  return {
    onDisconnect: section.on_disconnect ?? onDisconnect,
    drain: {
      maxMs: section.drain.max_ms ?? DRAIN_DEFAULTS.maxMs,
      maxBytes: section.drain.max_bytes ?? DRAIN_DEFAULTS.maxBytes,
    },
    deadlines: buildDeadlines(section, deadlines),
  }
}

function buildDeadlines(
  { deadlines: own }: VendorSection | ServerSection,
  shared: DeadlineConfig,
): DeadlineConfig {
  if (Object.keys(own).length === 0) return shared
  return {
    connectMs: own.connect_ms ?? shared.connectMs,
    firstByteMs: own.first_byte_ms ?? shared.firstByteMs,
    betweenChunksMs: own.between_chunks_ms ?? shared.betweenChunksMs,
    totalMs: own.total_ms ?? shared.totalMs,
  }
}

function baseUrlOf(id: ProviderId, section: VendorSection, { env, report }: Surroundings): URL {
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
