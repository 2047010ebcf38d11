// A stream in another shape than OpenAI's, read event by event: what its translators have in common. Each says what the client
// gets of an event; what becomes known on the way stands here.

import type { AttemptFailure } from '../core/failure.ts'
import type { ReportedUsage } from '../core/usage.ts'
import { commentOf, createEventSplitter, dataOf, malformedEvent } from './event-splitter.ts'
import { isRecord, type JsonRecord, parseJson } from './json-record.ts'
import type { StreamOptions, StreamProgress, StreamReader } from './provider.ts'
import type { TurnPart } from './turn-parts.ts'

export interface StreamTranslator {
  /** What the client gets of the event; null: nothing. */
  readEvent(event: JsonRecord): Uint8Array | null
  /** So far; empty where nobody wants it. */
  readonly turn: readonly TurnPart[]
}

export class TranslatedStream implements StreamReader {
  isComplete = false
  hasContent = false
  usage: ReportedUsage | undefined
  reportedUsage: unknown
  outputBytes = 0
  serviceTier: string | null = null
  /** Nothing is read after it. */
  failure: AttemptFailure | null = null
  envelope: StreamReader['envelope']
  readonly #splitter = createEventSplitter()
  readonly #translator: StreamTranslator

  constructor(
    { startedAtMs }: StreamOptions,
    createTranslator: (stream: TranslatedStream) => StreamTranslator,
  ) {
    this.envelope = { id: '', created: Math.floor(startedAtMs / 1000), model: '' }
    this.#translator = createTranslator(this)
  }

  get turn(): readonly TurnPart[] {
    return this.#translator.turn
  }

  read(bytes: Uint8Array): StreamProgress {
    return this.#advance(this.#splitter.split(bytes), false)
  }

  end(): StreamProgress {
    return this.#advance(this.#splitter.flush(), true)
  }

  /** One of OpenAI's. */
  chunk(delta: object, finish: string | null = null, others: object = {}): Uint8Array {
    const choices = [{ index: 0, delta, finish_reason: finish }]
    const body = { ...this.envelope, object: 'chat.completion.chunk', choices, ...others }
    return Buffer.from(`data: ${JSON.stringify(body)}\n\n`)
  }

  /** One that says something. `bytes`: of what the model wrote in it. */
  content(bytes: number, delta: object, others: object = {}): Uint8Array {
    this.outputBytes += bytes
    this.hasContent = true
    return this.chunk(delta, null, others)
  }

  #advance(events: readonly Buffer[], isCut: boolean): StreamProgress {
    const frames: Uint8Array[] = []
    for (const event of events) {
      if (this.failure !== null) break
      const frame = this.#readBytes(event, isCut)
      if (frame !== null) frames.push(frame)
    }
    return { frames, failure: this.failure ?? this.#splitter.failure }
  }

  #readBytes(bytes: Buffer, isCut: boolean): Uint8Array | null {
    const data = dataOf(bytes)
    // Before the answer begins nobody is there to be kept awake.
    if (data === null || data === '') return this.hasContent ? commentOf(bytes) : null
    const event = parseJson(data)
    if (isRecord(event)) return this.#translator.readEvent(event)
    // What a stream that broke off leaves behind is no event: what is missing tells.
    if (!isCut) this.failure = malformedEvent('an event of the stream is not a JSON object')
    return null
  }
}
