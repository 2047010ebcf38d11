// What a request asks a model for, whatever wire it came over.

import type { Prompt } from './prompt.ts'
import type { SimulatedModel } from './simulated-model.ts'

export interface OfferedTool {
  readonly name: string
  /** JSON schema of its arguments. */
  readonly schema: unknown
}

export interface Ask {
  readonly model: SimulatedModel
  readonly prompt: Prompt
  /** Text of the last message; empty when that is not a user's. */
  readonly lastText: string
  /** What the answer goes on from, where the request gives that; `lastText` is then what the user wrote last. */
  readonly written: string | null
  readonly tools: readonly OfferedTool[]
  /** `any`: at least one tool must be called. An object names the one. */
  readonly toolChoice: 'none' | 'auto' | 'any' | { readonly name: string }
  readonly allowsParallelCalls: boolean
  readonly format: 'text' | 'json' | { readonly schema: unknown }
  /** Tokens that the model thinks before it answers. */
  readonly thinkingTokens: number
  /** What the client sees of that: the text, only a seal to give back, or nothing. */
  readonly reasoning: 'shown' | 'sealed' | 'hidden'
  /** Tool calls in the conversation so far. */
  readonly earlierCalls: number
  /** Most output tokens; null: as many as the model has. */
  readonly outputCap: number | null
  readonly choices: number
  readonly isStream: boolean
  /** Usage on a stream, where the vendor leaves it to the client. */
  readonly wantsUsage: boolean
  readonly obfuscates: boolean
}
