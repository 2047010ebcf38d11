// One HTTP exchange with a provider: send, hand on what comes, keep the deadlines, report how it ended. Never repeats
// anything: a completion sent twice is a completion billed twice.

import type { IncomingHttpHeaders } from 'node:http'
import { performance } from 'node:perf_hooks'
import type { Client, Dispatcher } from 'undici'
import type { AttemptFailure } from '../core/failure.ts'
import type { UpstreamRequest } from '../core/upstream-request.ts'
import { DeadlineTimer, type Waiting } from './deadline-timer.ts'
import { type Deadline, DeadlineError, readTransportFailure } from './failure.ts'
import type { ClientPool, Pools } from './pools.ts'

export interface Deadlines {
  /** Until there is a connection, TLS included; a kept one is there at once. */
  readonly connectMs: number
  /** From then to the first content (or, before `contentStarted`, to the end of the answer). */
  readonly firstByteMs: number
  /** Between two reads, once content has started. */
  readonly betweenChunksMs: number
  /** For the whole exchange. */
  readonly totalMs: number
}

/** What becomes of an exchange. Ends with exactly one `onEnd` or `onFailure`, unless it is aborted: then nothing more comes. */
export interface ExchangeSink {
  onHead(status: number, headers: IncomingHttpHeaders): void
  onData(chunk: Buffer): void
  onEnd(): void
  onFailure(failure: AttemptFailure): void
}

export interface Exchange {
  pause(): void
  resume(): void
  /** Content has begun: from now on the deadline between chunks holds. */
  contentStarted(): void
  /** Closes the connection to the provider. */
  abort(): void
}

export interface Upstream {
  send(call: UpstreamCall, deadlines: Deadlines, sink: ExchangeSink): Exchange
  /** Ends every connection; exchanges still open fail. */
  close(): Promise<void>
}

/** Scheme, host, port and leading path of a provider, without a trailing slash. A URL works them out whenever it is asked. */
export type BaseUrl = Readonly<Pick<URL, 'origin' | 'pathname'>>

export interface UpstreamCall {
  readonly baseUrl: BaseUrl
  readonly request: UpstreamRequest
  readonly authHeaders: Readonly<Record<string, string>>
}

export function createUpstream(pools: Pools): Upstream {
  const timer = new DeadlineTimer()
  return {
    send(call, deadlines, sink) {
      const exchange = new OpenExchange(timer, deadlines, sink)
      exchange.send(pools.at(call.baseUrl.origin), call)
      return exchange
    },
    async close() {
      await pools.close()
      timer.close()
    },
  }
}

const ABORTED = new Error('aborted by the gateway')
const NEVER = Number.POSITIVE_INFINITY

/** An object of a class, not of closures: every request makes one, and most of it would be functions. */
class OpenExchange implements Exchange, Dispatcher.DispatchHandler, Waiting {
  /** The nearer of the two deadlines below. */
  dueAt = NEVER
  readonly #timer: DeadlineTimer
  readonly #deadlines: Deadlines
  readonly #sink: ExchangeSink
  readonly #totalDueAt: number
  #phase: Exclude<Deadline, 'total'> = 'connect'
  #phaseDueAt = NEVER
  #pool: ClientPool | undefined
  #client: Client | undefined
  #place: number | undefined
  #controller: Dispatcher.DispatchController | undefined
  #isOver = false
  #hasHead = false

  constructor(timer: DeadlineTimer, deadlines: Deadlines, sink: ExchangeSink) {
    this.#timer = timer
    this.#deadlines = deadlines
    this.#sink = sink
    this.#totalDueAt = performance.now() + deadlines.totalMs
  }

  send(pool: ClientPool, { baseUrl, request, authHeaders }: UpstreamCall): void {
    const client = pool.take()
    this.#pool = pool
    this.#client = client
    this.#startPhase('connect')
    this.#place = this.#timer.watch(this)
    try {
      client.dispatch(
        {
          method: request.method,
          path: (baseUrl.pathname === '/' ? '' : baseUrl.pathname) + request.path,
          headers: { ...request.headers, ...authHeaders },
          body: request.body,
        },
        this,
      )
    } catch (error) {
      // undici reports a malformed request by throwing; the caller expects failures through the sink, and later.
      queueMicrotask(() => this.#fail(error instanceof Error ? error : new Error(String(error))))
    }
  }

  // What undici calls.

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#isOver) controller.abort(ABORTED)
    else this.#startPhase('first_byte')
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (this.#isOver || status < 200) return
    this.#hasHead = true
    this.#sink.onHead(status, headers)
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return
    if (this.#phase === 'between_chunks') this.#startPhase('between_chunks')
    this.#sink.onData(chunk)
  }

  onResponseEnd(): void {
    if (this.#finish('whole')) this.#sink.onEnd()
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error)
  }

  // What the one who sent it calls.

  /** A paused exchange waits for its reader, not for the provider: only the total deadline goes on. */
  pause(): void {
    this.#phaseDueAt = NEVER
    this.#setDue()
    this.#controller?.pause()
  }

  resume(): void {
    if (this.#isOver) return
    this.#startPhase(this.#phase)
    this.#controller?.resume()
  }

  contentStarted(): void {
    if (!this.#isOver && this.#phase !== 'between_chunks') this.#startPhase('between_chunks')
  }

  abort(): void {
    if (this.#finish('broken')) this.#controller?.abort(ABORTED)
  }

  onDue(): void {
    const now = performance.now()
    if (this.#totalDueAt <= now) this.#fail(new DeadlineError('total', this.#deadlines.totalMs))
    else if (this.#phaseDueAt <= now) this.#fail(new DeadlineError(this.#phase, this.#phaseMs()))
  }

  #startPhase(phase: Exclude<Deadline, 'total'>): void {
    this.#phase = phase
    this.#phaseDueAt = performance.now() + this.#phaseMs()
    this.#setDue()
  }

  #phaseMs(): number {
    const { connectMs, firstByteMs, betweenChunksMs } = this.#deadlines
    if (this.#phase === 'connect') return connectMs
    return this.#phase === 'first_byte' ? firstByteMs : betweenChunksMs
  }

  #setDue(): void {
    this.dueAt = Math.min(this.#phaseDueAt, this.#totalDueAt)
    this.#timer.hasten(this)
  }

  #fail(error: Error): void {
    if (!this.#finish('broken')) return
    this.#controller?.abort(ABORTED)
    this.#sink.onFailure(readTransportFailure(error, this.#hasHead))
  }

  /** False where it was over already. */
  #finish(state: 'whole' | 'broken'): boolean {
    if (this.#isOver) return false
    this.#isOver = true
    if (this.#place !== undefined) this.#timer.forget(this.#place)
    if (this.#client === undefined) return true
    if (state === 'whole') this.#pool?.giveBack(this.#client)
    else this.#pool?.discard(this.#client)
    return true
  }
}
