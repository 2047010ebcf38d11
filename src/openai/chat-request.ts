// A chat completion request as the gateway sees it: the client's bytes, kept as they came, and what one scan found in them.

import type { Hint } from '../core/hints.ts'
import type { Pico } from '../core/money.ts'
import type { Effort, ProviderName } from '../core/route.ts'
import type { Tier } from '../core/tier.ts'
import type { ObjectOutline, Span } from './json-outline.ts'
import type { PastTurn } from './past-turns.ts'

/** Where the parts of one message stand in the body, and what it has. */
export interface MessageOutline {
  readonly role: string
  readonly span: Span
  /** The JSON string of the role, quotes included. */
  readonly roleSpan: Span
  /** The value of `content`; null when the message has none. */
  readonly contentSpan: Span | null
  readonly hasArrayContent: boolean
  /** Types of its content parts; empty where content is a string. */
  readonly partTypes: ReadonlySet<string>
  /** `cache_control` on the message or on one of its parts. */
  readonly hasCacheMark: boolean
  readonly hasToolCalls: boolean
  /** `name`, where it is a string. */
  readonly name: string | null
  /** Names of the members that none of the others speaks of, such as `refusal`, and `tool_calls` without a call. */
  readonly others: readonly string[]
  /** The call that a message of role tool answers. */
  readonly answersTo: string | null
  /** `prefix` or `partial`: the answer goes on from this text. */
  readonly isContinued: boolean
}

/** What the request uses, as far as it decides which routes can serve it. */
export interface RequestFeatures {
  readonly toolCount: number
  readonly toolNames: readonly string[]
  /** Among the tools are some of type `custom`, or they are given as `functions`. */
  readonly hasCustomTools: boolean
  /** A tool or a search that the provider runs, and bills for, itself. */
  readonly hasHostedTools: boolean
  readonly hasToolCacheMark: boolean
  /** What some function takes is not said as an object with properties, or has a choice at its root. */
  readonly hasLooseSchema: boolean
  /** `required` also where the only tool there is was named. */
  readonly toolChoice: 'free' | 'required' | 'named'
  readonly responseFormat: 'text' | 'json_object' | 'json_schema'
  /** Image parts given as data URLs. */
  readonly imageCount: number
  /** Image and video parts given as http(s) URLs. */
  readonly imageUrlCount: number
  /** Characters of the longest image URL. */
  readonly longestImageUrl: number
  /** Characters of the largest image's data URL. */
  readonly largestImage: number
  readonly videoCount: number
  readonly audioCount: number
  readonly wantsAudioOutput: boolean
  /** File parts with their data in them. */
  readonly fileCount: number
  /** File parts that name an upload. */
  readonly fileIdCount: number
  /** Images or files stand in results of tools. */
  readonly hasResultMedia: boolean
  readonly wantsLogprobs: boolean
  readonly stops: readonly string[]
  /** Who spoke last. `continued`: the assistant, whose text the answer goes on from. */
  readonly lastTurn: 'user' | 'assistant' | 'continued'
}

/** The `routing` object of the body and the `x-farthing-*` headers, the body winning. */
export interface RoutingOptions {
  readonly tier: Tier | null
  readonly maxCost: Pico | null
  readonly providers: NameFilter<ProviderName>
  readonly jurisdictions: NameFilter<string>
  readonly session: string | null
  readonly explain: boolean
  /** No route that would leave out a hint. */
  readonly strict: boolean
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
  /** `service_tier`; null when the client sets none. */
  readonly serviceTier: string | null
  /** `reasoning_effort`, or `none` where a vendor's own switch says so. */
  readonly reasoningEffort: Effort | null
  /** Hints that ask for something. */
  readonly hints: ReadonlyMap<Hint, unknown>
  readonly features: RequestFeatures
  readonly routing: RoutingOptions
  /** The assistant's turns that called tools or carry reasoning, read once, on demand. */
  pastTurns(): readonly PastTurn[]
  /** The body parsed whole, once, on demand: for translators. Treat as read-only. */
  json(): Readonly<Record<string, unknown>>
}
