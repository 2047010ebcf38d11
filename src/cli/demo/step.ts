// One request of the demonstration's workload, and what is known once it was answered.

import type { ChatCompletionCreateParamsNonStreaming, ChatCompletionMessageParam } from 'openai/resources'
import type { Fleet } from '../../simulator/fleet.ts'

/** A chat request as an application sends it, with what Farthing adds to OpenAI's fields. */
export type StepBody = Omit<ChatCompletionCreateParamsNonStreaming, 'stream'> & {
  readonly routing?: Readonly<Record<string, unknown>>
}

export interface Step {
  readonly title: string
  /** Made when its turn comes: later requests build on earlier answers. */
  readonly body: (past: Past) => StepBody
  readonly headers?: Readonly<Record<string, string>>
  /** `usage`: a stream that asks for its usage. `abandoned`: the client leaves after a few words. */
  readonly stream?: 'plain' | 'usage' | 'abandoned'
  /** Something that happens at the providers just before. */
  readonly before?: (fleet: Fleet, past: Past) => void
  /** The error code that the answer must have; without it the answer must be a success. */
  readonly refusedWith?: string
}

/** What was asked and answered so far, by title. */
export interface Past {
  answerTo(title: string): ChatCompletionMessageParam
  /** The provider that answered. */
  providerOf(title: string): string
}

export interface Outcome {
  readonly requestId: string
  readonly status: number
  /** Of an error answer. */
  readonly code: string | null
  readonly message: ChatCompletionMessageParam | null
  /** Usage that the client itself was told, when it was. */
  readonly toldCostUsd: number | null
}
