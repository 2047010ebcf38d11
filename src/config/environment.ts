// The environment, variable by variable: parsed or reported. An empty variable counts as not set, because that is what
// `${NAME:-}` in a compose file makes of one.

import type { OtlpConfig } from './config.ts'
import type { ConfigProblem } from './config-error.ts'
import { createSecret, type Secret } from './secret.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface GatewayEnvironment {
  readonly host: string | null
  readonly port: number | null
  readonly redisUrl: Secret | null
  readonly dataDir: string
  readonly adminKey: Secret | null
  readonly logLevel: LogLevel
  readonly otlp: OtlpConfig
}

export type Report = (problem: ConfigProblem) => void

export function parseEnvironment(env: Environment, report: Report): GatewayEnvironment {
  const redisUrl = variable(env, 'REDIS_URL')
  if (redisUrl !== null) checkRedisUrl(redisUrl, report)
  return {
    host: variable(env, 'HOST'),
    port: parsePort(variable(env, 'PORT'), report),
    redisUrl: redisUrl === null ? null : createSecret(redisUrl),
    dataDir: variable(env, 'FARTHING_DATA_DIR') ?? './data',
    adminKey: secretVariable(env, 'FARTHING_ADMIN_KEY', { leastLength: 16, report }),
    logLevel: parseLogLevel(variable(env, 'LOG_LEVEL'), report),
    otlp: parseOtlp(env, report),
  }
}

/** The variable's value without the white space around it; null when it is not set or empty. */
export function variable(env: Environment, name: string): string | null {
  const value = env[name]?.trim()
  return value === undefined || value === '' ? null : value
}

/** A key or token that will stand in a header, so it must be printable ASCII without spaces. */
export function secretVariable(
  env: Environment,
  name: string,
  { leastLength, report }: { readonly leastLength: number; readonly report: Report },
): Secret | null {
  const value = variable(env, name)
  if (value === null) return null
  if (value.length < leastLength) {
    report({
      path: `env ${name}`,
      problem: `has ${value.length} characters`,
      wanted: `at least ${leastLength} characters`,
    })
  } else if (!/^[\x21-\x7e]+$/.test(value)) {
    report({
      path: `env ${name}`,
      problem: 'contains a space, a line break or a character outside ASCII',
      wanted: 'the key alone, in printable ASCII',
    })
  }
  return createSecret(value)
}

/** An absolute http(s) URL to which a path can be appended; null, and reported, when `text` is not one. Never quoted: it may hold a password. */
export function parseBaseUrl(text: string, path: string, report: Report): URL | null {
  const wanted = 'an absolute http:// or https:// URL without query, fragment or password'
  const url = URL.canParse(text) ? new URL(text) : null
  const problem = url === null ? 'is not a URL' : baseUrlProblem(url, text)
  if (url !== null && problem === null) {
    url.pathname = url.pathname.replace(/\/+$/, '')
    return url
  }
  report({ path, problem: problem ?? 'is not a URL', wanted })
  return null
}

function baseUrlProblem(url: URL, text: string): string | null {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `has the scheme ${url.protocol}//`
  if (text.includes('?')) return 'has a query'
  if (text.includes('#')) return 'has a fragment'
  if (url.username !== '' || url.password !== '') return 'has a user name or password in it'
  return null
}

function parsePort(text: string | null, report: Report): number | null {
  if (text === null) return null
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  report({ path: 'env PORT', problem: `is ${shown(text)}`, wanted: 'a port number from 0 to 65535' })
  return null
}

function parseLogLevel(text: string | null, report: Report): LogLevel {
  const level = text === null ? 'info' : LOG_LEVELS.find((known) => known === text)
  if (level !== undefined) return level
  report({ path: 'env LOG_LEVEL', problem: `is ${shown(text)}`, wanted: `one of ${LOG_LEVELS.join(', ')}` })
  return 'info'
}

/** OpenTelemetry's own names and meanings; the rest of its variables are read by its SDK. */
function parseOtlp(env: Environment, report: Report): OtlpConfig {
  const written = variable(env, 'OTEL_EXPORTER_OTLP_ENDPOINT')
  const isOff = variable(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true'
  const endpoint =
    written === null || isOff ? null : parseBaseUrl(written, 'env OTEL_EXPORTER_OTLP_ENDPOINT', report)
  return { endpoint, metricIntervalMs: parseMetricInterval(variable(env, METRIC_INTERVAL), report) }
}

const METRIC_INTERVAL = 'OTEL_METRIC_EXPORT_INTERVAL'
const DEFAULT_METRIC_INTERVAL_MS = 60_000

function parseMetricInterval(text: string | null, report: Report): number {
  if (text === null) return DEFAULT_METRIC_INTERVAL_MS
  const intervalMs = Number(text)
  if (/^\d{3,8}$/.test(text) && intervalMs <= 86_400_000) return intervalMs
  const wanted = 'a whole number of milliseconds from 100 to 86400000'
  report({ path: `env ${METRIC_INTERVAL}`, problem: `is ${shown(text)}`, wanted })
  return DEFAULT_METRIC_INTERVAL_MS
}

/** Hosts of a cluster are separated by commas; those after the first may leave the scheme out. */
function checkRedisUrl(text: string, report: Report): void {
  const wanted = 'redis://HOST:PORT or rediss://HOST:PORT, several separated by commas for a cluster'
  const path = 'env REDIS_URL'
  const [first = '', ...others] = text.split(',').map((part) => part.trim())
  const scheme = /^rediss?:\/\//.exec(first)?.[0]
  if (scheme === undefined)
    return report({ path, problem: 'does not start with redis:// or rediss://', wanted })
  for (const part of [first, ...others]) {
    const url: string = part.includes('://') ? part : scheme + part
    if (!url.startsWith(scheme)) return report({ path, problem: 'mixes schemes', wanted })
    if (!URL.canParse(url) || new URL(url).hostname === '') {
      return report({ path, problem: 'has a part that is not a host', wanted })
    }
  }
}

/** A value for an error message: quoted and cut. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'a mapping'
  // JSON has no word for NaN, and YAML has.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
