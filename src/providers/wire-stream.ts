// A stream in OpenAI's shape, read as it passes: events that need no change travel as the bytes they came in.

import type { AttemptFailure } from '../core/failure.ts'
import type { Usage } from '../core/usage.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import { commentOf, createEventSplitter, dataOf, malformedEvent } from './event-splitter.ts'
import { isRecord, type JsonRecord, parseJson, recordsOf, textOf } from './json-record.ts'
import type { StreamOptions, StreamProgress, StreamReader } from './provider.ts'
import { chunkForClient, contentBytes, hasContent } from './wire-chunk.ts'
import { streamError } from './wire-error.ts'
import { createWireTurn } from './wire-turn.ts'

export interface WireStreamDialect {
  readUsage(value: unknown, request?: ChatRequest): Usage | undefined
  /** What a finish reason tells of a failure; null for any other. */
  readFinish(reason: string): AttemptFailure | null
  /** The provider's error object inside a stream. */
  readStreamError(error: JsonRecord): AttemptFailure
}

export function createWireStream(
  dialect: WireStreamDialect,
  { startedAtMs, toolNames, keepsTurn, request }: StreamOptions,
): StreamReader {
  const splitter = createEventSplitter()
  const turn = keepsTurn === true ? createWireTurn(toolNames) : null
  /** Choices that have begun, and those of them that have not ended. */
  const begun = new Set<unknown>()
  const unfinished = new Set<unknown>()
  let usage: Usage | undefined
  let reportedUsage: unknown
  let outputBytes = 0
  let isContentSeen = false
  let isFinishSeen = false
  let isDone = false
  let failure: AttemptFailure | null = null
  let serviceTier: string | null = null
  let envelope = { id: '', created: Math.floor(startedAtMs / 1000), model: '' }

  const isComplete = (): boolean => isDone || (isFinishSeen && unfinished.size === 0)
  /** What the client gets of an event: itself, a changed one, or nothing. */
  const readEvent = (event: Buffer, isCut: boolean): Uint8Array | null => {
    const data = dataOf(event)
    // Before the answer begins nobody is there to be kept awake.
    if (data === null || data === '') {
      failure = bareError(event)
      return isContentSeen ? commentOf(event) : null
    }
    if (data === '[DONE]') {
      isDone = true
      return null
    }
    const chunk = parseJson(data)
    if (!isRecord(chunk)) {
      // What a stream that broke off leaves behind is no event: what is missing tells.
      if (!isCut) failure = malformedEvent('an event of the stream is not a JSON object')
      return null
    }
    const error = streamError(chunk)
    if (error !== null) {
      // Behind a complete answer it takes nothing away.
      if (!isComplete()) failure = dialect.readStreamError(error)
      return null
    }
    readChunk(chunk)
    return failure === null ? chunkForClient(event, chunk, toolNames) : null
  }

  /** An error as the whole answer, where a stream should be, or in a field of its own, as llama.cpp sent it until 2025. */
  const bareError = (event: Buffer): AttemptFailure | null => {
    const text = event.toString('utf8').replace(/^error: ?(?=\{)/, '')
    if (!text.startsWith('{')) return null
    const answer = parseJson(text)
    const error = isRecord(answer) ? streamError(answer) : null
    return error === null ? null : dialect.readStreamError(error)
  }
  const readChunk = (chunk: JsonRecord): void => {
    if (envelope.id === '') {
      const { created } = chunk
      envelope = {
        id: textOf(chunk['id']) ?? '',
        created: typeof created === 'number' ? created : envelope.created,
        model: textOf(chunk['model']) ?? '',
      }
    }
    serviceTier = textOf(chunk['service_tier']) ?? serviceTier
    const choices = recordsOf(chunk['choices'])
    for (const choice of choices) readChoice(choice)
    // Kimi has it inside the choice, DeepSeek on the last chunk with choices, the others alone: the last one counts.
    readUsage(choices[0]?.['usage'])
    readUsage(chunk['usage'])
  }
  const readChoice = (choice: JsonRecord): void => {
    const delta = choice['delta']
    if (choice['index'] === 0) turn?.add(delta)
    outputBytes += contentBytes(delta)
    const isContent = hasContent(delta)
    isContentSeen ||= isContent
    // One of several may say its role long before its first word; what follows the end of one begins nothing.
    if (isContent || !begun.has(choice['index'])) unfinished.add(choice['index'])
    begun.add(choice['index'])
    const reason = textOf(choice['finish_reason'])
    if (reason === null) return
    failure ??= dialect.readFinish(reason)
    isFinishSeen = true
    unfinished.delete(choice['index'])
  }
  const readUsage = (value: unknown): void => {
    const read = dialect.readUsage(value, request)
    if (read === undefined) return
    usage = read
    reportedUsage = value
  }

  const advance = (events: readonly Buffer[], isCut: boolean): StreamProgress => {
    const frames: Uint8Array[] = []
    for (const event of events) {
      if (failure !== null || isDone) break
      const frame = readEvent(event, isCut)
      if (frame !== null) frames.push(frame)
    }
    return { frames, failure: failure ?? splitter.failure }
  }

  return {
    read: (bytes) => advance(splitter.split(bytes), false),
    end: () => advance(splitter.flush(), true),
    get isComplete() {
      return begun.size > 0 && isComplete()
    },
    get hasContent() {
      return isContentSeen
    },
    get usage() {
      return usage
    },
    get reportedUsage() {
      return reportedUsage
    },
    get outputBytes() {
      return outputBytes
    },
    get envelope() {
      return envelope
    },
    get serviceTier() {
      return serviceTier
    },
    get turn() {
      return turn?.parts ?? []
    },
  }
}
