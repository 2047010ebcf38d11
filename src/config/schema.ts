// The configuration file, key by key: what may stand there, what holds when nothing does. Each leaf's description is
// the "wanted" half of its error message. docs/configuration.md documents the same keys.

import { z } from 'zod'
import { STORE_AWAY_CHOICES } from '../core/caller.ts'
import { JSON_SCHEMA_CHOICES } from '../core/json-schema-choice.ts'
import type { ProviderId } from '../core/route.ts'
import { TIERS } from '../core/tier.ts'
import { budgetsSection, limitsSection } from './budget-schema.ts'
import { contentTeams } from './content-schema.ts'
import { serverKeys } from './server-schema.ts'

const DAY_MS = 86_400_000
const MIB = 1_048_576

/** Milliseconds of a timer: setTimeout overflows above 2^31 - 1, so a day is the most. */
function milliseconds(least: number, most = DAY_MS) {
  return z.int().min(least).max(most).describe(`a whole number of milliseconds from ${least} to ${most}`)
}

function count(least: number, most: number) {
  return z.int().min(least).max(most).describe(`a whole number from ${least} to ${most}`)
}

const days = z
  .int()
  .min(1)
  .max(36_500)
  .nullable()
  .describe('a whole number of days from 1 to 36500, or null to keep them for good')

function text(wanted: string) {
  return z.string().trim().min(1).describe(wanted)
}

const SIZE = /^(\d{1,15})\s*(B|KiB|MiB|GiB)?$/

function bytes(least: number, most: number) {
  const wanted = `a number of bytes from ${least} to ${most}, plain or with KiB, MiB or GiB: 16MiB`
  return z
    .union([z.int(), z.string().regex(SIZE)])
    .transform(parseSize)
    .pipe(z.int().min(least).max(most))
    .describe(wanted)
}

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: MIB, GiB: 1024 * MIB }

function parseSize(size: number | string): number {
  if (typeof size === 'number') return size
  const match = SIZE.exec(size)
  return Number(match?.[1]) * (UNITS[match?.[2] ?? 'B'] ?? Number.NaN)
}

const tier = z.enum(TIERS).describe(`one of ${TIERS.join(', ')}`)
const modelId = z
  .string()
  .regex(/^[a-z][a-z0-9-]*\/\S+$/)
  .describe('a model of the catalogue as provider/model, such as openai/gpt-4o')
const trueOrFalse = z.boolean().describe('true or false')
const envName = z
  .string()
  .regex(/^[A-Z_][A-Z0-9_]*$/)
  .describe('the name of an environment variable: A-Z, 0-9 and _')
const token = z.string().min(16).describe('at least 16 characters')

const webhook = z.strictObject({
  url: text('an absolute https:// URL'),
  secret: token.optional(),
  secret_env: envName.optional(),
  allow_private: trueOrFalse.default(false),
})

const deadlines = {
  connect_ms: milliseconds(10),
  first_byte_ms: milliseconds(10),
  between_chunks_ms: milliseconds(10),
  total_ms: milliseconds(10),
}

const anyProvider = {
  enabled: trueOrFalse.default(true),
  api_key_env: envName.optional(),
  on_disconnect: z.enum(['abort', 'drain']).describe('abort or drain').optional(),
  drain: z
    .strictObject({ max_ms: milliseconds(100).optional(), max_bytes: bytes(1024, 1024 * MIB).optional() })
    .prefault({}),
  deadlines: z.strictObject(deadlines).partial().prefault({}),
}
const vendor = z.strictObject({
  ...anyProvider,
  region: text('a region of this provider in the catalogue').optional(),
  base_url: text('an absolute http:// or https:// URL without query, fragment or password').optional(),
})
export type VendorSection = z.infer<typeof vendor>
const server = z.strictObject({ ...anyProvider, ...serverKeys })
export type ServerSection = z.infer<typeof server>

const auth = z.strictObject({ mode: z.enum(['keys', 'open']).describe('keys or open').default('keys') })

export const fileSchema = z.strictObject({
  server: z
    .strictObject({
      host: text('a host name or an IP address').default('127.0.0.1'),
      port: z.int().min(0).max(65_535).describe('a port number from 0 to 65535').default(8080),
      workers: count(1, 64).default(1),
      body_limit: bytes(1024, 1024 * MIB).prefault('16MiB'),
      request_timeout_ms: milliseconds(1000).default(60_000),
      drain_timeout_ms: milliseconds(0).default(30_000),
      max_header_bytes: bytes(4096, MIB).prefault('32KiB'),
    })
    .prefault({}),
  auth: auth.prefault({}),
  metrics: z.strictObject({ token: token.optional(), token_env: envName.optional() }).prefault({}),
  catalog: text('the path of the catalogue, relative to this file').default('catalog.yaml'),
  routing: z
    .strictObject({
      default_tier: tier.default('standard'),
      baseline: modelId.default('openai/gpt-4o'),
      default_output_cap: count(1, 1_000_000).default(16_384),
      max_attempts: count(1, 20).default(4),
      json_schema: z
        .enum(JSON_SCHEMA_CHOICES)
        .describe(`one of ${JSON_SCHEMA_CHOICES.join(', ')}`)
        .default('native'),
      aliases: z.record(z.string(), z.strictObject({ tier, baseline: modelId.optional() })).default({}),
    })
    .prefault({}),
  providers: z
    .object({
      deepseek: vendor.optional(),
      alibaba: vendor.optional(),
      moonshot: vendor.optional(),
      openai: vendor.optional(),
      anthropic: vendor.optional(),
    } satisfies Record<ProviderId, unknown>)
    .catchall(server)
    .default({}),
  deadlines: z
    .strictObject({
      connect_ms: deadlines.connect_ms.default(5_000),
      first_byte_ms: deadlines.first_byte_ms.default(300_000),
      between_chunks_ms: deadlines.between_chunks_ms.default(60_000),
      total_ms: deadlines.total_ms.default(900_000),
    })
    .prefault({}),
  circuit: z
    .strictObject({
      failures: count(1, 1000).default(5),
      window_ms: milliseconds(100).default(30_000),
      open_ms: milliseconds(100).default(15_000),
      rate_limit_ms: milliseconds(100).default(60_000),
      open_long_ms: milliseconds(100).default(300_000),
      disable_ms: milliseconds(100).default(3_600_000),
    })
    .prefault({}),
  streams: z.strictObject({ resume: trueOrFalse.default(false) }).prefault({}),
  store: z
    .strictObject({
      lease_ms: milliseconds(1000).default(60_000),
      when_away: z.enum(STORE_AWAY_CHOICES).describe('refuse or continue').default('continue'),
      spool_max_bytes: bytes(64 * 1024, 1024 * 1024 * MIB).prefault('256MiB'),
      command_timeout_ms: milliseconds(50, 60_000).default(1_000),
      retention: z
        .strictObject({
          requests_days: days.default(90),
          hourly_days: days.default(400),
          daily_days: days.default(null),
        })
        .prefault({}),
    })
    .prefault({}),
  budgets: budgetsSection,
  limits: limitsSection,
  reasoning: z
    .strictObject({
      keep: trueOrFalse.default(true),
      ttl_ms: milliseconds(1000).default(DAY_MS),
      max_entry_bytes: bytes(1024, 16 * MIB).prefault('128KiB'),
      max_bytes: bytes(64 * 1024, 64 * 1024 * MIB).prefault('256MiB'),
    })
    .prefault({}),
  // Each is checked as one that is sent to the admin API: key-section.ts.
  keys: z.array(z.unknown()).max(10_000).describe('a list of at most 10000 keys').default([]),
  content: z
    .strictObject({
      max_bytes: bytes(64 * 1024, 64 * 1024 * MIB).prefault('256MiB'),
      teams: contentTeams,
    })
    .prefault({}),
  webhooks: z.array(webhook).max(16).describe('a list of at most 16 targets').default([]),
  log: z.strictObject({ requests: trueOrFalse.default(true) }).prefault({}),
})

export type FileConfig = z.infer<typeof fileSchema>
export type WebhookSection = z.infer<typeof webhook>
