// A route is what a request can be sent to: (provider, model, reasoning effort), with what it can do.

import type { Tier } from './tier.ts'

export const PROVIDER_IDS = ['deepseek', 'alibaba', 'moonshot', 'openai', 'anthropic'] as const
export type ProviderId = (typeof PROVIDER_IDS)[number]

export function isProviderId(value: unknown): value is ProviderId {
  return typeof value === 'string' && (PROVIDER_IDS as readonly string[]).includes(value)
}

/** Reasoning efforts in OpenAI's words, least first. */
export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
export type Effort = (typeof EFFORTS)[number]

export interface Capabilities {
  readonly tools: boolean
  /** Tools that are no functions, and `functions`, as tools were called before November 2023. */
  readonly customTools: boolean
  /** `tool_choice` of `required` or a named function. */
  readonly forcedToolChoice: boolean
  readonly jsonObject: boolean
  readonly jsonSchema: boolean
  /** Image parts as data URLs. */
  readonly images: boolean
  /** Image parts as http(s) URLs, which the provider fetches itself. */
  readonly imageUrls: boolean
  /** `video_url` parts. */
  readonly video: boolean
  readonly audio: boolean
  /** `file` parts. */
  readonly files: boolean
  /** More than one choice (`n`). */
  readonly manyChoices: boolean
  readonly logprobs: boolean
}

export interface Route {
  /** `provider/model` or `provider/model@effort`; unique in a catalogue. */
  readonly id: string
  readonly provider: ProviderId
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
  readonly capabilities: Capabilities
  /** Whether the model spends reasoning tokens on this route. */
  readonly reasons: boolean
  /** Name of the token estimator's family, e.g. `deepseek`, `claude-2026`. */
  readonly tokenizer: string
  /** Prompt caching as the provider does it; null where it has none. */
  readonly cache: CacheRules | null
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
