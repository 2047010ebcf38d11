// A chat completion request as the gateway sees it: the client's bytes, kept as they came, and what one scan found in them.

import type { Pico } from '../core/money.ts'
import type { Effort, ProviderId } from '../core/route.ts'
import type { Tier } from '../core/tier.ts'
import type { ObjectOutline, Span } from './json-outline.ts'

/** Where the parts of one message stand in the body. */
export interface MessageOutline {
  readonly role: string
  /** The JSON string of the role, quotes included. */
  readonly roleSpan: Span
  /** The value of `content`; null when the message has none. */
  readonly contentSpan: Span | null
  readonly hasArrayContent: boolean
}

/** What the request uses, as far as it decides which routes can serve it. */
export interface RequestFeatures {
  readonly toolCount: number
  /** Among the tools are some that are no functions, or they are given as `functions`. */
  readonly hasCustomTools: boolean
  /** `tool_choice` is `required` or names a function. */
  readonly forcesToolChoice: boolean
  readonly responseFormat: 'text' | 'json_object' | 'json_schema'
  /** Image parts given as data URLs. */
  readonly imageCount: number
  /** Image and video parts given as http(s) URLs. */
  readonly imageUrlCount: number
  readonly videoCount: number
  readonly audioCount: number
  readonly fileCount: number
  readonly wantsLogprobs: boolean
}

/** The `routing` object of the body and the `x-farthing-*` headers, the body winning. */
export interface RoutingOptions {
  readonly tier: Tier | null
  readonly maxCost: Pico | null
  readonly providers: NameFilter<ProviderId>
  readonly jurisdictions: NameFilter<string>
  readonly session: string | null
  readonly explain: boolean
  readonly tags: Readonly<Record<string, string>>
}

/** `only` null: no restriction. */
export interface NameFilter<Name extends string> {
  readonly only: readonly Name[] | null
  readonly ignore: readonly Name[]
}

export interface ChatRequest {
  /** The body exactly as it came. */
  readonly raw: Buffer
  /** Every top-level member of the body. */
  readonly members: ObjectOutline
  readonly messages: readonly MessageOutline[]
  readonly model: string
  readonly isStream: boolean
  /** `stream_options.include_usage`. */
  readonly wantsStreamUsage: boolean
  /** `max_completion_tokens`, else `max_tokens`; null when the client sets no cap. */
  readonly maxOutputTokens: number | null
  /** `n`. */
  readonly choices: number
  readonly reasoningEffort: Effort | null
  readonly features: RequestFeatures
  readonly routing: RoutingOptions
  /** The body parsed whole, once, on demand: for translators. Treat as read-only. */
  json(): Readonly<Record<string, unknown>>
}
