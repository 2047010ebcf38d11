// catalog.yaml, key by key. Prices are USD per million tokens with at most six decimals.

import { z } from 'zod'
import { HINTS } from '../core/hints.ts'
import { picoPerToken } from '../core/money.ts'
import { CAPABILITIES, EFFORTS, PROVIDER_IDS, type ProviderName, TOOLS_ON_CHAT } from '../core/route.ts'
import { TIERS } from '../core/tier.ts'

const capability = z.enum(CAPABILITIES)
const hint = z.enum(HINTS)

const date = z.iso.date('a date as YYYY-MM-DD')
const tokens = z.int().positive()
const text = z.string().min(1)

const PRICE = 'a price in USD per million tokens, written with at most six decimals'
// Checked on the text of the file; nine digits before the point stay safe integers of picodollars.
export const price = z
  .string(PRICE)
  .regex(/^\d{1,9}(?:\.\d{1,6})?$/, PRICE)
  .transform((written) => picoPerToken(written))

/** Keys whose values are taken as they are written in the file, not as floats. */
export const PRICE_KEYS: ReadonlySet<string> = new Set([
  'input',
  'cached_input',
  'cache_write',
  'cache_write_long',
  'output',
])

const MULTIPLIER = 'a multiplier above zero, such as 2, 0.5 or 5/3'
const multiplier = z
  .string(MULTIPLIER)
  .regex(/^(?=[0.]*[1-9])\d{1,6}(?:\.\d{1,6})?(?:\/[1-9]\d{0,5})?$/, MULTIPLIER)

const bracket = z.strictObject({
  /** Longest prompt charged here, tokens; absent in the last bracket. */
  up_to: tokens.optional(),
  input: price,
  /** Absent: cache reads are charged as input. */
  cached_input: price.optional(),
  /** Absent: cache writes are charged as input. */
  cache_write: price.optional(),
  /** Absent: as cache_write. */
  cache_write_long: price.optional(),
  output: price,
})
export type BracketEntry = z.infer<typeof bracket>

const brackets = z.array(bracket).min(1)

const sheet = z.strictObject({
  /** First day in force, UTC; absent: always was. */
  from: date.optional(),
  /** Absent: the provider's default region. */
  region: text.optional(),
  source: text,
  checked: date,
  brackets,
  window: z.strictObject({ calendar: text, brackets }).optional(),
  /** Multipliers of service tiers that cost something else. */
  service_tiers: z.record(text, multiplier).default({}),
})
export interface SheetEntry extends Omit<z.infer<typeof sheet>, 'checked'> {
  /** Null: nobody has to look again, as at a price that the operator sets. */
  readonly checked: string | null
}

const effort = z.enum(EFFORTS)

/** How a family behaves. Shared with the servers that the configuration describes. */
export const traitsSchema = z.strictObject({
  /** Capabilities of the whole family, besides the model's own. */
  can: z.array(capability).default([]),
  /** Hints that are honoured. */
  hints: z.array(hint),
  /** Those that are honoured on routes that reason; absent: the same. */
  hints_thinking: z.array(hint).optional(),
  /** Of these only the first that is asked for is sent. */
  exclusive: z.array(hint).default([]),
  /** Least and most of a hint that is a number. */
  ranges: z.partialRecord(hint, z.tuple([z.number(), z.number()])).default({}),
  /** The provider's word for each effort; an effort that is not here cannot be asked for. */
  efforts: z.partialRecord(effort, text).default({}),
  default_effort: effort.optional(),
  /** Anthropic only. `adaptive`: where the model thinks, it is told to. */
  thinking: z.literal('adaptive').optional(),
  limits: z
    .strictObject({
      choices: tokens.optional(),
      choices_with_tools: tokens.optional(),
      stops: tokens.optional(),
      stop_bytes: tokens.optional(),
      image_url: tokens.optional(),
      image_data: tokens.optional(),
    })
    .default({}),
  /** Content that is text alone has to be a string. */
  content: z.enum(['text', 'parts']).default('parts'),
  /** Whether Chat Completions takes images and files in the results of tools, or text alone. */
  results: z.enum(['text', 'parts']).default('parts'),
  /** `cache_control` is honoured. */
  cache_marks: z.boolean().default(false),
  /** JSON mode wants the word "json" in a message. */
  json_word: z.boolean().default(false),
  /** The subset that JSON schemas have to be in; absent: any is taken. */
  schema_subset: z.enum(['moonshot', 'claude']).optional(),
  /** Asked for a stream even where the client wants none. */
  streams_always: z.boolean().default(false),
  /** Names of tools that are taken; others are renamed, both ways. */
  tool_names: z
    .strictObject({ pattern: text.default('^[a-zA-Z0-9_-]{1,64}$'), reserved: z.array(text).default([]) })
    .optional(),
})
export type TraitsEntry = z.infer<typeof traitsSchema>

const traits = traitsSchema.extend({ source: text, checked: date })

const route = z.strictObject({
  /** Absent: nothing is sent, and the provider's default holds. */
  effort: effort.optional(),
  tier: z.enum(TIERS),
  reasons: z.boolean(),
  evidence: z.strictObject({ index: text, version: text, score: z.number().nullable(), date }),
  /** Capabilities of the model that this route lacks. */
  cannot: z.array(capability).default([]),
})
/** What a route is built from; the evidence for its tier is for people. */
export type RouteEntry = Omit<z.infer<typeof route>, 'evidence'>

const model = z.strictObject({
  provider: z.enum(PROVIDER_IDS),
  id: text,
  status: z.enum(['current', 'deprecated', 'retired']),
  retires_on: date.optional(),
  note: text.optional(),
  context: tokens,
  max_prompt: tokens.optional(),
  max_output: tokens,
  tokenizer: text,
  /** The name of the family's traits; a model without routes needs none. */
  traits: text.optional(),
  can: z.array(capability),
  cache: z
    .strictObject({
      mode: z.enum(['automatic', 'marked']),
      min_tokens: tokens,
      ttl_seconds: tokens,
      charges_writes: z.boolean(),
    })
    .optional(),
  /** Absent: Chat Completions takes tools at every effort. */
  tools_on_chat: z.strictObject({ accepted: z.enum(TOOLS_ON_CHAT), source: text, checked: date }).optional(),
  routes: z.array(route),
  prices: z.array(sheet),
})
export interface ModelEntry extends Omit<z.infer<typeof model>, 'provider' | 'routes' | 'prices'> {
  readonly provider: ProviderName
  readonly routes: readonly RouteEntry[]
  readonly prices: readonly SheetEntry[]
}

const clockTime = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d-(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a range as HH:MM-HH:MM')

const calendar = z.strictObject({
  utc_offset: z.string().regex(/^[+-](?:0\d|1[0-4]):[0-5]\d$/, 'an offset as +HH:MM'),
  days: z.array(z.enum(['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'])).min(1),
  windows: z.array(clockTime).min(1),
  except_holidays: text.optional(),
})
export type CalendarEntry = z.infer<typeof calendar>

const holidayYear = z.strictObject({
  year: z.int().min(2000).max(2100),
  source: text,
  holidays: z.array(date),
  working_days: z.array(date),
})

export const catalogSchema = z.strictObject({
  checked: date,
  calendars: z.record(text, calendar),
  /** By country: the years that have been published. */
  holidays: z.record(text, z.array(holidayYear)),
  providers: z.record(
    z.enum(PROVIDER_IDS),
    z.strictObject({
      default_region: text,
      regions: z.record(
        text,
        z.strictObject({
          jurisdiction: z.string().regex(/^[a-z]{2}$/, 'a country code of two small letters'),
        }),
      ),
    }),
  ),
  traits: z.record(text, traits),
  models: z.array(model).min(1),
})
export type CatalogFile = z.infer<typeof catalogSchema>
