// One attempt at one route: send, read the answer, and know afterwards what it used. It neither chooses routes nor
// touches the ledger.

import type { IncomingHttpHeaders } from 'node:http'
import type { AttemptFailure } from '../core/failure.ts'
import type { UpstreamRequest } from '../core/upstream-request.ts'
import { readAllowance, resetAfterMs } from '../providers/allowance.ts'
import type { Deadlines, Exchange, ExchangeSink, Upstream } from '../upstream/exchange.ts'
import { type AnswerReader, malformed } from './answer-reader.ts'
import type { ClientReply } from './client-reply.ts'
import type { ProviderEndpoint } from './services.ts'

/** An error answer is read up to here; the rest says nothing more. */
const MAX_ERROR_BYTES = 64 * 1024
const NO_BYTES = Buffer.alloc(0)

export interface AttemptCall {
  readonly endpoint: ProviderEndpoint
  readonly request: UpstreamRequest
  readonly deadlines: Deadlines
  readonly client: ClientReply
  readonly now: () => number
  /** Makes the reader of a 2xx answer; `pause` holds the provider back until the client has caught up. */
  readonly createReader: (pause: () => void) => AnswerReader
}

/** How an attempt ended. `answered`: whole and readable. `client_gone`: the client left first. */
export interface AttemptEnd {
  readonly kind: 'answered' | 'failed' | 'client_gone'
  readonly failure: AttemptFailure | null
  readonly status: number | null
  /** Of the provider's answer; empty when none came. */
  readonly headers: IncomingHttpHeaders
  readonly firstByteAtMs: number | null
  readonly endedAtMs: number
  /** Null when no 2xx answer began. */
  readonly reader: AnswerReader | null
  /** The provider's answer was read to its end, whoever was still there to hear it. */
  readonly isWhole: boolean
}

/** Never rejects: whatever happens to the exchange is an end. */
export function runAttempt(upstream: Upstream, call: AttemptCall): Promise<AttemptEnd> {
  return new Promise((resolve) => new RunningAttempt(call, resolve).start(upstream))
}

/** An object of a class, not of closures: every request makes one. */
class RunningAttempt implements ExchangeSink {
  readonly #call: AttemptCall
  readonly #resolve: (end: AttemptEnd) => void
  #exchange: Exchange | undefined
  #status: number | null = null
  #headers: IncomingHttpHeaders = {}
  #reader: AnswerReader | null = null
  #firstByteAtMs: number | null = null
  #errorBody: Buffer = NO_BYTES
  #isOver = false
  #drainTimer: NodeJS.Timeout | undefined
  #drainedBytes = 0

  constructor(call: AttemptCall, resolve: (end: AttemptEnd) => void) {
    this.#call = call
    this.#resolve = resolve
  }

  start(upstream: Upstream): void {
    const { endpoint, request, deadlines, client } = this.#call
    this.#exchange = upstream.send(
      { baseUrl: endpoint.baseUrl, request, authHeaders: endpoint.authHeaders },
      deadlines,
      this,
    )
    if (client.isGone) this.#leave()
    else client.onGone(() => this.#leave())
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    this.#status = status
    this.#headers = headers
    if (status >= 200 && status < 300) this.#reader = this.#call.createReader(() => this.#pause())
  }

  onData(chunk: Buffer): void {
    try {
      this.#read(chunk)
    } catch (error) {
      this.#giveUp(error)
    }
  }

  onEnd(): void {
    try {
      if (this.#reader === null) this.#refused()
      else this.#close(this.#reader)
    } catch (error) {
      this.#giveUp(error)
    }
  }

  onFailure(failure: AttemptFailure): void {
    try {
      // A connection that breaks behind a complete answer has taken nothing away, nor one that breaks behind a refusal.
      if (this.#reader?.isComplete === true) this.#close(this.#reader)
      else if (this.#reader === null && this.#status !== null) this.#refused()
      else this.#finish('failed', failure)
    } catch (error) {
      this.#giveUp(error)
    }
  }

  /** A fault of ours, met in an answer: it ends the attempt all the same, since nobody else will. */
  #giveUp(error: unknown): void {
    this.#exchange?.abort()
    // Not its message, which may quote the answer.
    const name = error instanceof Error ? error.name : 'an unknown error'
    this.#finish('failed', malformed(`the gateway failed to read the answer: ${name}`))
  }

  #read(chunk: Buffer): void {
    const reader = this.#reader
    if (reader === null) return this.#readRefusal(chunk)
    const failure = reader.read(chunk)
    if (this.#firstByteAtMs === null && reader.hasContent) {
      this.#firstByteAtMs = this.#call.now()
      this.#exchange?.contentStarted()
    }
    if (failure !== null) {
      this.#exchange?.abort()
      this.#finish('failed', failure)
    }
    if (this.#drainTimer === undefined) return
    this.#drainedBytes += chunk.length
    if (this.#drainedBytes > this.#call.endpoint.drain.maxBytes) this.#stop()
  }

  #readRefusal(chunk: Buffer): void {
    this.#errorBody = Buffer.concat([this.#errorBody, chunk])
    if (this.#errorBody.length < MAX_ERROR_BYTES) return
    this.#exchange?.abort()
    this.#refused()
  }

  #refused(): void {
    const { provider } = this.#call.endpoint
    // Against it a date in the answer is measured; one that has none was written now.
    const date = this.#headers.date ?? new Date(this.#call.now()).toUTCString()
    const failure = provider.readError(this.#status ?? 0, { ...this.#headers, date }, this.#errorBody)
    this.#finish('failed', failure.class === 'rate_limited' ? this.#withWait(failure) : failure)
  }

  /** Where nothing says when to come back, the limit that is used up may say when it will be no more. */
  #withWait(failure: AttemptFailure): AttemptFailure {
    const nowMs = this.#call.now()
    const { id } = this.#call.endpoint.provider
    const resetMs = resetAfterMs(readAllowance(id, this.#headers, nowMs), nowMs)
    return { ...failure, retryAfterMs: failure.retryAfterMs ?? resetMs }
  }

  #close(whole: AnswerReader): void {
    const failure = whole.end()
    // A refusal without words has no content, but it is an answer.
    if (failure === null) this.#firstByteAtMs ??= this.#call.now()
    this.#finish(failure === null ? 'answered' : 'failed', failure)
  }

  #pause(): void {
    this.#exchange?.pause()
    this.#call.client.onDrain(() => this.#exchange?.resume())
  }

  /** The client has. */
  #leave(): void {
    if (this.#isOver) return
    // An exchange that was held back for the client would wait for it forever.
    this.#exchange?.resume()
    const { onDisconnect, drain } = this.#call.endpoint
    if (onDisconnect === 'abort') return this.#stop()
    this.#drainTimer = setTimeout(() => this.#stop(), drain.maxMs)
  }

  #stop(): void {
    this.#exchange?.abort()
    this.#finish('client_gone', null)
  }

  #finish(kind: AttemptEnd['kind'], failure: AttemptFailure | null): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#drainTimer)
    const { client, now } = this.#call
    this.#resolve({
      kind: client.isGone ? 'client_gone' : kind,
      failure,
      status: this.#status,
      headers: this.#headers,
      firstByteAtMs: this.#firstByteAtMs,
      endedAtMs: now(),
      reader: this.#reader,
      isWhole: kind === 'answered',
    })
  }
}
