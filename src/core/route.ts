// A route is what a request can be sent to: (provider, model, reasoning effort), with what it can do.

import type { Hint } from './hints.ts'
import type { SchemaSubset } from './schema-subset.ts'
import type { Tier } from './tier.ts'

/** The vendors whose dialects are coded. */
export const PROVIDER_IDS = ['deepseek', 'alibaba', 'moonshot', 'openai', 'anthropic'] as const
export type ProviderId = (typeof PROVIDER_IDS)[number]

/** One of them, or the name that an operator gave to a server that speaks OpenAI's chat format. */
export type ProviderName = string

export function isProviderId(value: unknown): value is ProviderId {
  return typeof value === 'string' && (PROVIDER_IDS as readonly string[]).includes(value)
}

/** Reasoning efforts in OpenAI's words, least first. */
export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
export type Effort = (typeof EFFORTS)[number]

/** When a model takes tools on Chat Completions: whatever effort is sent, only where none is, only at `none`, never. */
export const TOOLS_ON_CHAT = ['always', 'effort_unset', 'effort_none', 'never'] as const
export type ToolsOnChat = (typeof TOOLS_ON_CHAT)[number]

/** What a route may be able to do, in the catalogue's words. */
export const CAPABILITIES = [
  'tools',
  /** Tools that are no functions, and `functions`, as tools were called before November 2023. */
  'custom_tools',
  /** Tools that the provider runs itself. Their fees stand in no price sheet, so no model of ours has it. */
  'hosted_tools',
  /** `tool_choice` of `required`. */
  'required_tool_choice',
  /** `tool_choice` of a named function, and of `required`. */
  'forced_tool_choice',
  'json_object',
  'json_schema',
  /** JSON that the gateway holds against a schema: by `json_schema`, or by `json_object` where a model has only that. */
  'checked_json_schema',
  /** Image parts as data URLs. */
  'images',
  /** Image parts as http(s) URLs, which the provider fetches itself. */
  'image_urls',
  /** `video_url` parts. */
  'video',
  /** `input_audio` parts. */
  'audio',
  /** An answer that is spoken. */
  'audio_output',
  /** `file` parts with their data in them. */
  'files',
  /** `file` parts that name an upload. */
  'file_ids',
  'stop',
  /** Stop sequences of white space alone. */
  'blank_stop',
  /** An answer that goes on from the text of the last message, marked `prefix` or `partial`. */
  'prefix',
  /** Going on, without thinking, with what another route began to write. */
  'resume',
  /** A conversation whose last message is the assistant's, to be answered by another. */
  'assistant_last',
  /** More than one choice (`n`). */
  'many_choices',
  'logprobs',
] as const
export type Capability = (typeof CAPABILITIES)[number]

export interface Route {
  /** `provider/model` or `provider/model@effort`; unique in a catalogue. */
  readonly id: string
  readonly provider: ProviderName
  /** The name the provider knows the model by. */
  readonly model: string
  /** Sent upstream in the provider's own words; null leaves the provider's default. */
  readonly effort: Effort | null
  readonly tier: Tier
  /** Most tokens of prompt and output together. */
  readonly contextTokens: number
  /** Most tokens of prompt, where the provider limits it below the context; else equal to `contextTokens`. */
  readonly maxPromptTokens: number
  readonly maxOutputTokens: number
  readonly capabilities: ReadonlySet<Capability>
  readonly traits: Traits
  /** Whether the model spends reasoning tokens on this route. */
  readonly reasons: boolean
  readonly toolsOnChat: ToolsOnChat
  /** Name of the token estimator's family, e.g. `deepseek`, `claude-2026`. */
  readonly tokenizer: string
  /** Prompt caching as the provider does it; null where it has none. */
  readonly cache: CacheRules | null
  /** When its vendor has switched the model off, milliseconds since the epoch; absent: nobody has said. */
  readonly servedUntilMs?: number
}

export interface CacheRules {
  /** `automatic`: every prompt is cached; `marked`: only what the request marks with cache_control. */
  readonly mode: 'automatic' | 'marked'
  /** Shorter prefixes are not cached. */
  readonly minTokens: number
  /** How long an entry may be expected to live, seconds. */
  readonly ttlSeconds: number
  /** Whether the first pass over a prefix is charged as a cache write. */
  readonly chargesWrites: boolean
}

/** How a family of models behaves on the wire. */
export interface Traits {
  /** The hints that are honoured; all others are left out. */
  readonly hints: ReadonlySet<Hint>
  /** Values of `service_tier` that are sold, those of the ordinary service included; null: whatever is asked for is sent. */
  readonly serviceTiers: ReadonlySet<string> | null
  /** Of these only the first that is asked for is sent: together they are refused. */
  readonly exclusive: readonly Hint[]
  /** Least and most of a hint that is a number. */
  readonly ranges: ReadonlyMap<string, { readonly least: number; readonly most: number }>
  /** The provider's word for each effort that the model can be told. */
  readonly efforts: ReadonlyMap<Effort, string>
  /** At which it works when it is told none; null: not known, or it does not reason. */
  readonly defaultEffort: Effort | null
  /** Whether the model is told to think where it does (Claude's `adaptive`). */
  readonly isToldToThink: boolean
  readonly limits: Limits
  /** Content is a string wherever it is text alone: a list of parts is refused. */
  readonly sendsText: boolean
  /** Chat Completions takes no images and files in results of tools. */
  readonly textResults: boolean
  /** `cache_control` on messages, parts and tools is honoured. */
  readonly takesCacheMarks: boolean
  /** JSON mode is refused unless a message has the word "json". */
  readonly needsJsonWord: boolean
  /** JSON schemas have to be in this subset; null: any is taken. */
  readonly schemaSubset: SchemaSubset | null
  /** It is always asked for a stream: some answers come in no other way, or not within the time that a whole one has. */
  readonly streamsAlways: boolean
  /** Names of tools that it takes; null: any of OpenAI's. */
  readonly toolNames: { readonly pattern: RegExp; readonly reserved: ReadonlySet<string> } | null
}

/** Bounds of a request; Infinity where the vendor states none. */
export interface Limits {
  /** Choices (`n`). */
  readonly choices: number
  readonly choicesWithTools: number
  /** Stop sequences, and bytes of one. */
  readonly stops: number
  readonly stopBytes: number
  /** Characters of an image's http(s) URL, and of its data URL. */
  readonly imageUrl: number
  readonly imageData: number
}

/** `provider/model`: the route without its effort. */
export function modelOf({ provider, model }: Pick<Route, 'provider' | 'model'>): string {
  return `${provider}/${model}`
}
