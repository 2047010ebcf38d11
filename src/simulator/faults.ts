// Faults that a test asks of a simulated provider, taken one by one in the order in which they were pushed.

import type { OddFinish } from './compose-answer.ts'
import type { Condition } from './refusal.ts'

interface FaultScope {
  /** How many requests it hits; once unless said otherwise. */
  readonly times?: number
  /** Only requests for this model. */
  readonly model?: string
}

export type Fault = FaultScope &
  (
    | {
        readonly kind: 'status'
        readonly status: number
        readonly body?: unknown
        readonly headers?: Readonly<Record<string, string>>
      }
    /** An error answer in the vendor's own shape. */
    | { readonly kind: Condition }
    /** One that only this vendor has, by its name in vendor-errors.ts. */
    | { readonly kind: 'vendor_error'; readonly name: string }
    /** The connection is reset before an answer. */
    | { readonly kind: 'reset' }
    /** No answer, ever. */
    | { readonly kind: 'hang' }
    | { readonly kind: 'slow_first_byte'; readonly ms: number }
    /** The connection is cut after so many chunks (of a whole answer: in the middle of its body). */
    | { readonly kind: 'die_after_chunks'; readonly chunks: number }
    /** Nothing more comes, and the connection stays open. */
    | { readonly kind: 'stall_after_chunks'; readonly chunks: number }
    /** The vendor's error event on a stream that began well: an overload, or the error of that name. */
    | { readonly kind: 'error_event_after_chunks'; readonly chunks: number; readonly name?: string }
    /** The stream ends properly, but without its terminator. */
    | { readonly kind: 'end_after_chunks'; readonly chunks: number }
    /** A page of a proxy in front of the provider. */
    | { readonly kind: 'html_504' }
    /** Status 200, and nothing else. */
    | { readonly kind: 'empty_body' }
    /** A good answer that has these headers as well. */
    | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> }
    /** Served, and billed, at another service tier than the one that was asked for. */
    | { readonly kind: 'service_tier'; readonly tier: string }
    /** The answer is billed, and does not say what it used. */
    | { readonly kind: 'no_usage' }
    /** A complete answer, after so many pieces, that ends for another reason than that it was said. */
    | { readonly kind: 'ends'; readonly finish: OddFinish; readonly pieces: number }
    /** JSON, and not what the schema says. */
    | { readonly kind: 'misfit' }
    /** A 200 whose body cannot be parsed. */
    | { readonly kind: 'malformed_json' }
  )

export interface FaultQueue {
  push(...faults: readonly Fault[]): void
  clear(): void
  /** Faults that still wait. */
  readonly waiting: number
  /** The first fault that applies to the model, used up once; undefined when the provider is well. */
  take(model: string): Fault | undefined
}

export function createFaultQueue(): FaultQueue {
  let queue: { readonly fault: Fault; left: number }[] = []
  return {
    push(...faults) {
      for (const fault of faults) queue.push({ fault, left: fault.times ?? 1 })
    },
    clear() {
      queue = []
    },
    get waiting() {
      return queue.length
    },
    take(model) {
      const entry = queue.find(({ fault }) => fault.model === undefined || fault.model === model)
      if (entry === undefined) return undefined
      entry.left--
      if (entry.left <= 0) queue = queue.filter((other) => other !== entry)
      return entry.fault
    },
  }
}
