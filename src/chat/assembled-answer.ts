// An answer that the provider streams, for a client that asked for no stream: read as it comes, answered whole.

import type { AttemptFailure } from '../core/failure.ts'
import type { Usage } from '../core/usage.ts'
import { createAssembly } from '../providers/assembled-answer.ts'
import type {
  Provider,
  ProviderAnswer,
  StreamOptions,
  StreamProgress,
  StreamReader,
} from '../providers/provider.ts'
import { writeAnswer } from '../providers/translated-answer.ts'
import { type AnswerReader, MAX_ANSWER_BYTES, malformed } from './answer-reader.ts'
import { FILTERED, isFilteredAnswer } from './content-filter.ts'

export interface AssembledAnswerOptions extends StreamOptions {
  readonly provider: Provider
  /** An answer that the content filter ended is a failure, and stays here. */
  readonly withholdsFiltered: boolean
}

export class AssembledAnswer implements AnswerReader {
  readonly hasReachedClient = false
  /** The answer, once `end` found it whole. */
  answer: ProviderAnswer | undefined
  readonly #reader: StreamReader
  readonly #assembly = createAssembly()

  readonly #withholdsFiltered: boolean
  #length = 0

  constructor({ provider, withholdsFiltered, ...options }: AssembledAnswerOptions) {
    this.#reader = provider.readStream(options)
    this.#withholdsFiltered = withholdsFiltered
  }

  get hasContent(): boolean {
    return this.#reader.hasContent
  }

  get isComplete(): boolean {
    return this.#reader.isComplete
  }

  get usage(): Usage | undefined {
    return this.#reader.usage
  }

  get outputBytes(): number {
    return this.#reader.outputBytes
  }

  get serviceTier(): string | null {
    return this.#reader.serviceTier
  }

  read(chunk: Buffer): AttemptFailure | null {
    this.#length += chunk.length
    if (this.#length > MAX_ANSWER_BYTES)
      return malformed(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`)
    return this.#take(this.#reader.read(chunk))
  }

  end(): AttemptFailure | null {
    const failure = this.#take(this.#reader.end())
    if (failure !== null) return failure
    const reader = this.#reader
    if (!reader.isComplete)
      return { ...malformed('the stream ended before the answer was complete'), class: 'interrupted' }
    const { reportedUsage, usage, outputBytes, serviceTier } = reader
    this.answer = {
      ...writeAnswer(this.#assembly.body()),
      reportedUsage,
      usage,
      outputBytes,
      serviceTier,
      failure: null,
    }
    return this.#withholdsFiltered && isFilteredAnswer(this.answer) ? FILTERED : null
  }

  #take({ frames, failure }: StreamProgress): AttemptFailure | null {
    for (const frame of frames) this.#assembly.addFrame(frame)
    return failure
  }
}
