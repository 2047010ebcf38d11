// A provider translates between OpenAI's chat format and one API. It never calls, retries, logs, reads configuration
// or keeps state between requests: bytes in, bytes and facts out.

import type { AttemptFailure } from '../core/failure.ts'
import type { ProviderName, Route } from '../core/route.ts'
import type { UpstreamRequest } from '../core/upstream-request.ts'
import type { ReportedUsage } from '../core/usage.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import type { ObjectOutline } from '../openai/json-outline.ts'
import type { TurnPart } from './turn-parts.ts'

/** What a request is built for. */
export interface Target {
  readonly route: Route
  /** Output cap that a limit of ours needs; null: the client's own cap, or none, travels. */
  readonly outputCap: number | null
  /** Earlier turns of this provider's, by the place of their message; absent or empty: nothing was kept. */
  readonly recalled?: ReadonlyMap<number, readonly TurnPart[]>
  /** False where the answer goes on from what was written: then a model that can be told not to think is told so. */
  readonly mayThink: boolean
}

/** A complete answer, in OpenAI's shape. */
export interface ProviderAnswer {
  /** The answer's JSON object in OpenAI's shape; everything the provider sent is in it, `usage` as the provider wrote it. */
  readonly json: Buffer
  readonly members: ObjectOutline
  /** `usage` in the provider's own words. */
  readonly reportedUsage: unknown
  /** Undefined when the provider reported none, which is not the same as zero. */
  readonly usage: ReportedUsage | undefined
  /** UTF-8 bytes of generated text, reasoning and tool arguments: what an estimate starts from when usage is missing. */
  readonly outputBytes: number
  /** The service tier the provider says it used, which may decide the price. */
  readonly serviceTier: string | null
  /** The answer itself says that the provider failed at it. What it used may be billed all the same. */
  readonly failure: AttemptFailure | null
  /** Empty unless `keepsTurn` asked for it. */
  readonly turn: readonly TurnPart[]
}

/** What became known while reading some bytes of a stream. */
export interface StreamProgress {
  /** Complete SSE frames for the client, in OpenAI's shape; empty when nothing is ready. Never contains usage or `[DONE]`. */
  readonly frames: readonly Uint8Array[]
  /** The provider's error event, when one came. Nothing is read after it. */
  readonly failure: AttemptFailure | null
}

/** Reads one stream. Bytes may be split anywhere, inside a character too. */
export interface StreamReader {
  read(bytes: Uint8Array): StreamProgress
  /** After the last byte: what was still waiting for its line end. */
  end(): StreamProgress
  /** True once the provider marked the answer complete (`[DONE]`, `message_stop`, or a finish reason). */
  readonly isComplete: boolean
  /** True once a frame with content (text, reasoning, tool call, refusal) was read. */
  readonly hasContent: boolean
  /** Last usage the provider reported; undefined while it reported none. */
  readonly usage: ReportedUsage | undefined
  /** The same in the provider's own words. */
  readonly reportedUsage: unknown
  /** UTF-8 bytes of generated text, reasoning and tool arguments so far. */
  readonly outputBytes: number
  /** `id`, `created` and `model` of the answer, for the usage chunk that the gateway writes at the end. */
  readonly envelope: { readonly id: string; readonly created: number; readonly model: string }
  readonly serviceTier: string | null
  /** So far; empty unless `keepsTurn` asked for it. */
  readonly turn: readonly TurnPart[]
}

export interface ReadOptions {
  /** When the attempt began, for providers whose answers carry no time of their own. */
  readonly startedAtMs: number
  /** What is answered, where the answer does not repeat all of it that matters. */
  readonly request?: ChatRequest
  /** The request has tools, so that the provider may want the turn back. */
  readonly keepsTurn?: boolean
}

export interface StreamOptions extends ReadOptions {
  /** Of the request. */
  readonly toolNames: UpstreamRequest['toolNames']
}

export interface Provider {
  readonly id: ProviderName
  /** Whether it wants its reasoning back with turns that called tools, and from which of its models; null: it does not. */
  readonly wantsTurnsOf: 'any_model' | 'same_model' | null
  /** Whether it bills for reasoning that it does not send, or not in full. */
  readonly hidesReasoning: boolean
  /** Headers of the API key and version. The only place where a key meets a request. */
  authHeaders(apiKey: string): Readonly<Record<string, string>>
  /** The request in the provider's dialect. `request` is not changed. Headers without authentication. */
  buildRequest(request: ChatRequest, target: Target): UpstreamRequest
  /** Throws MalformedAnswerError when the bytes are not an answer of this provider. */
  readResponse(body: Uint8Array, options: ReadOptions): ProviderAnswer
  readStream(options: StreamOptions): StreamReader
  /** Classifies an error answer by the provider's own code. `body` may be anything, HTML included. */
  readError(
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
    body: Uint8Array,
  ): AttemptFailure
}

/** A 2xx answer that cannot be read as one. */
export class MalformedAnswerError extends Error {
  override readonly name = 'MalformedAnswerError'
}
