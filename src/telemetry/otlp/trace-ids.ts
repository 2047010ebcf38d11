// Ids of traces that begin here. One is drawn when its request comes, so that the ledger can name it, and its spans are made
// when all is over: the SDK is then given the same one.

import { RandomIdGenerator } from '@opentelemetry/sdk-trace'

export class TraceIds extends RandomIdGenerator {
  #next: string | null = null

  draw(): string {
    return super.generateTraceId()
  }

  /** For the next trace that begins; null: a new one. */
  use(traceId: string | null): void {
    this.#next = traceId
  }

  override generateTraceId(): string {
    const traceId = this.#next ?? this.draw()
    this.#next = null
    return traceId
  }
}
