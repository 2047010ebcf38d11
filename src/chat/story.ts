// One request on its way: what is known when it is planned, and never changes afterwards.

import type { CallerPolicy } from '../core/caller.ts'
import type { Payer } from '../core/request-record.ts'
import type { TraceContext } from '../core/trace-context.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import type { Plan } from '../routing/plan.ts'
import type { Requirements } from '../routing/requirements.ts'
import type { CheckedSchema } from './checked-schema.ts'
import type { ClientReply } from './client-reply.ts'
import type { RecalledTurns } from './turn-memory.ts'

export interface Story {
  readonly requestId: string
  readonly payer: Payer
  readonly tags: Readonly<Record<string, string>>
  readonly client: ClientReply
  readonly request: ChatRequest
  readonly recalled: RecalledTurns
  /** Set where the answer is held against it here. */
  readonly schema: CheckedSchema | null
  readonly requirements: Requirements
  readonly plan: Plan
  /** The plan as the ledger keeps it. */
  readonly decision: string
  /** Accounts of the budgets that count the request; absent where nothing does. */
  readonly accounts?: readonly string[] | undefined
  readonly startedAtMs: number
  readonly stopwatch: Stopwatch
  readonly caller: CallerPolicy
  /** Null where the client named none and none is begun here. */
  readonly trace: TraceContext | null
}

/** The gateway's own time: runs from the request's last byte, stands still while a provider is waited for. */
export interface Stopwatch {
  stop(): void
  start(): void
  readonly elapsedMs: number
}

export function startStopwatch(now: () => number): Stopwatch {
  return new RunningStopwatch(now)
}

/** An object of a class, not of closures: every request makes one. */
class RunningStopwatch implements Stopwatch {
  readonly #now: () => number
  #elapsedMs = 0
  #startedAt: number | null

  constructor(now: () => number) {
    this.#now = now
    this.#startedAt = now()
  }

  stop(): void {
    if (this.#startedAt !== null) this.#elapsedMs += this.#now() - this.#startedAt
    this.#startedAt = null
  }

  start(): void {
    this.#startedAt ??= this.#now()
  }

  get elapsedMs(): number {
    return this.#elapsedMs + (this.#startedAt === null ? 0 : this.#now() - this.#startedAt)
  }
}
