// The configuration as the rest of the program reads it: file and environment put together, units in the names.

import type { DeclaredKey } from '../access/declared-keys.ts'
import type { ServedProvider } from '../catalog/served-models.ts'
import type { Limits, ScopePolicy } from '../core/budget.ts'
import type { JsonSchemaChoice } from '../core/json-schema-choice.ts'
import type { ProviderName } from '../core/route.ts'
import type { ContentPolicy } from '../core/sampled-content.ts'
import type { Tier } from '../core/tier.ts'
import type { LogLevel } from './environment.ts'
import type { Secret } from './secret.ts'

export interface DeadlineConfig {
  readonly connectMs: number
  readonly firstByteMs: number
  readonly betweenChunksMs: number
  readonly totalMs: number
}

export interface ProviderConfig {
  readonly id: ProviderName
  /** False only where the configuration says so; a provider without a key is enabled, and off. */
  readonly isEnabled: boolean
  readonly isOn: boolean
  /** Null when it is off, and for a server that wants none. */
  readonly apiKey: Secret | null
  /** Why it is off, in words for the start-up log; null when it is on. */
  readonly offBecause: string | null
  /** Whose prices hold; null: the catalogue's default for this provider. */
  readonly region: string | null
  /** Without a trailing slash, unless it has no path at all. */
  readonly baseUrl: URL
  readonly onDisconnect: 'abort' | 'drain'
  readonly drain: { readonly maxMs: number; readonly maxBytes: number }
  readonly deadlines: DeadlineConfig
  /** Null for the vendors whose dialects are coded. */
  readonly server: ServerConfig | null
}

/** A server that speaks OpenAI's chat format and is known from the configuration alone. */
export interface ServerConfig {
  readonly capField: 'max_tokens' | 'max_completion_tokens'
  /** Whether its streams can be asked for their usage. */
  readonly takesStreamOptions: boolean
  /** Whether it wants its reasoning back with turns that called tools. */
  readonly wantsReasoning: boolean
  readonly served: ServedProvider
}

export interface Alias {
  readonly tier: Tier
  /** `provider/model` that savings are measured against; null: the key's, else the configuration's. */
  readonly baseline: string | null
}

/** Where spans and metrics go by OpenTelemetry's protocol. */
export interface OtlpConfig {
  /** Null: nowhere. */
  readonly endpoint: URL | null
  readonly metricIntervalMs: number
}

/** Who is told of budgets that need attention. */
export interface WebhookConfig {
  readonly url: URL
  readonly secret: Secret
  /** Whether it may be an address that is not of the public internet, and plain HTTP. */
  readonly allowsPrivate: boolean
}

export interface Config {
  readonly server: {
    readonly host: string
    readonly port: number
    /** Processes that serve on it. */
    readonly workers: number
    readonly bodyLimitBytes: number
    readonly requestTimeoutMs: number
    readonly drainTimeoutMs: number
    readonly maxHeaderBytes: number
  }
  readonly auth: { readonly mode: 'keys' | 'open' }
  readonly admin: { readonly key: Secret | null }
  readonly metrics: { readonly token: Secret | null }
  readonly otlp: OtlpConfig
  readonly webhooks: readonly WebhookConfig[]
  /** Absolute, or relative to the working directory as the configuration file was given. */
  readonly catalogPath: string
  readonly routing: {
    /** What becomes of a JSON schema at routes that do not keep it by themselves. */
    readonly jsonSchema: JsonSchemaChoice
    readonly defaultTier: Tier
    readonly baseline: string
    readonly defaultOutputCap: number
    readonly maxAttempts: number
    readonly aliases: ReadonlyMap<string, Alias>
  }
  /** The five vendors, on or off, and the servers that the file describes. */
  readonly providers: ReadonlyMap<ProviderName, ProviderConfig>
  readonly deadlines: DeadlineConfig
  readonly circuit: {
    readonly failures: number
    readonly windowMs: number
    readonly openMs: number
    readonly rateLimitMs: number
    readonly openLongMs: number
    readonly disableMs: number
  }
  readonly streams: { readonly resume: boolean }
  readonly store: {
    /** REDIS_URL as it was given; null: the embedded store. */
    readonly redisUrl: Secret | null
    readonly dataDir: string
    readonly leaseMs: number
    readonly whenAway: 'refuse' | 'continue'
    readonly spoolMaxBytes: number
    readonly commandTimeoutMs: number
    /** How long what is kept; null: for good. */
    readonly retention: {
      readonly requestsMs: number | null
      readonly hourlyMs: number | null
      readonly dailyMs: number | null
    }
  }
  /** What org, teams and projects may spend and do, by `scope:name`; what an operator sets by hand comes before it. */
  readonly policies: ReadonlyMap<string, ScopePolicy>
  /** Virtual keys, in the order of the file. */
  readonly keys: readonly DeclaredKey[]
  /** By `provider` or `provider/model`. */
  readonly routeLimits: ReadonlyMap<string, Limits>
  /** Reasoning of turns that called tools, kept for the next request of the conversation. */
  readonly reasoning: {
    readonly keep: boolean
    readonly ttlMs: number
    readonly maxEntryBytes: number
    /** Of all entries together. */
    readonly maxBytes: number
  }
  /** Prompts and answers that are kept for operators to look at. */
  readonly content: {
    /** Of all samples together. */
    readonly maxBytes: number
    readonly teams: ReadonlyMap<string, ContentPolicy>
  }
  readonly log: { readonly level: LogLevel; readonly requests: boolean }
}
