// An answer that the provider streams, for a client that asked for no stream: read as it comes, answered whole.

import type { AttemptFailure } from '../core/failure.ts'
import type { ReportedUsage } from '../core/usage.ts'
import { createAssembly } from '../providers/assembled-answer.ts'
import type {
  Provider,
  ProviderAnswer,
  StreamOptions,
  StreamProgress,
  StreamReader,
} from '../providers/provider.ts'
import { writeAnswer } from '../providers/translated-answer.ts'
import type { TurnPart } from '../providers/turn-parts.ts'
import { type AnswerReader, MAX_ANSWER_BYTES, malformed } from './answer-reader.ts'
import { BufferedAnswer } from './buffered-answer.ts'
import { FILTERED, isFilteredAnswer } from './content-filter.ts'

export interface AssembledAnswerOptions extends StreamOptions {
  readonly provider: Provider
  /** An answer that the content filter ended is a failure, and stays here. */
  readonly withholdsFiltered: boolean
}

export class AssembledAnswer implements AnswerReader {
  readonly hasReachedClient = false
  readonly #options: AssembledAnswerOptions
  readonly #reader: StreamReader
  readonly #assembly = createAssembly()
  /** Of a provider that answers whole all the same; not known before the first byte that says something. */
  #whole: BufferedAnswer | null = null
  #isStream = false
  #length = 0
  #answer: ProviderAnswer | undefined

  constructor(options: AssembledAnswerOptions) {
    this.#options = options
    this.#reader = options.provider.readStream(options)
  }

  /** The answer, once `end` found it whole. */
  get answer(): ProviderAnswer | undefined {
    return this.#whole?.answer ?? this.#answer
  }

  get hasContent(): boolean {
    return this.#source.hasContent
  }

  get isComplete(): boolean {
    return this.#source.isComplete
  }

  get usage(): ReportedUsage | undefined {
    return this.#source.usage
  }

  get outputBytes(): number {
    return this.#source.outputBytes
  }

  get serviceTier(): string | null {
    return this.#source.serviceTier
  }

  get turn(): readonly TurnPart[] {
    return this.#source.turn
  }

  get #source(): BufferedAnswer | StreamReader {
    return this.#whole ?? this.#reader
  }

  read(chunk: Buffer): AttemptFailure | null {
    if (this.#whole === null && !this.#isStream) this.#decide(chunk)
    if (this.#whole !== null) return this.#whole.read(chunk)
    this.#length += chunk.length
    if (this.#length > MAX_ANSWER_BYTES)
      return malformed(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`)
    return this.#take(this.#reader.read(chunk))
  }

  end(): AttemptFailure | null {
    if (!this.#isStream) return (this.#whole ??= new BufferedAnswer(this.#options)).end()
    const failure = this.#take(this.#reader.end())
    if (failure !== null) return failure
    const reader = this.#reader
    if (!reader.isComplete)
      return { ...malformed('the stream ended before the answer was complete'), class: 'interrupted' }
    const { reportedUsage, usage, outputBytes, serviceTier, turn } = reader
    this.#answer = {
      ...writeAnswer(this.#assembly.body()),
      reportedUsage,
      usage,
      outputBytes,
      serviceTier,
      failure: null,
      turn,
    }
    return this.#options.withholdsFiltered && isFilteredAnswer(this.#answer) ? FILTERED : null
  }

  #decide(chunk: Buffer): void {
    const first = chunk.find((byte) => byte > 0x20)
    if (first === undefined) return
    if (first === OPEN_BRACE) this.#whole = new BufferedAnswer(this.#options)
    else this.#isStream = true
  }

  #take({ frames, failure }: StreamProgress): AttemptFailure | null {
    for (const frame of frames) this.#assembly.addFrame(frame)
    return failure
  }
}

const OPEN_BRACE = 0x7b
