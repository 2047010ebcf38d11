// One HTTP exchange with a provider: send, hand on what comes, keep the deadlines, report how it ended. Never repeats
// anything: a completion sent twice is a completion billed twice.

import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { AttemptFailure } from '../core/failure.ts'
import type { UpstreamRequest } from '../core/upstream-request.ts'
import { type Deadline, DeadlineError, readTransportFailure } from './failure.ts'
import type { Pools } from './pools.ts'

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

export interface UpstreamCall {
  /** Scheme, host, port and leading path of the provider, without a trailing slash. */
  readonly baseUrl: URL
  readonly request: UpstreamRequest
  readonly authHeaders: Readonly<Record<string, string>>
}

export function createUpstream(pools: Pools): Upstream {
  return {
    send: (call, deadlines, sink) => sendOnce(pools, { call, deadlines, sink }),
    close: () => pools.close(),
  }
}

const ABORTED = new Error('aborted by the gateway')

interface Sending {
  readonly call: UpstreamCall
  readonly deadlines: Deadlines
  readonly sink: ExchangeSink
}

function sendOnce(pools: Pools, { call, deadlines, sink }: Sending): Exchange {
  let controller: Dispatcher.DispatchController | undefined
  let isOver = false
  let hasHead = false
  let hasContent = false

  const expire = (deadline: Deadline, afterMs: number): void => fail(new DeadlineError(deadline, afterMs))
  const total = setTimeout(expire, deadlines.totalMs, 'total', deadlines.totalMs)
  let phase: NodeJS.Timeout | undefined
  const startPhase = (): void => {
    clearTimeout(phase)
    const [deadline, afterMs] =
      controller === undefined
        ? (['connect', deadlines.connectMs] as const)
        : hasContent
          ? (['between_chunks', deadlines.betweenChunksMs] as const)
          : (['first_byte', deadlines.firstByteMs] as const)
    phase = setTimeout(expire, afterMs, deadline, afterMs)
  }

  const finish = (): boolean => {
    if (isOver) return false
    isOver = true
    clearTimeout(total)
    clearTimeout(phase)
    return true
  }
  const fail = (error: Error): void => {
    if (!finish()) return
    controller?.abort(ABORTED)
    sink.onFailure(readTransportFailure(error, hasHead))
  }

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started
      if (isOver) started.abort(ABORTED)
      else startPhase()
    },
    onResponseStart(_, status, headers) {
      if (isOver || status < 200) return
      hasHead = true
      sink.onHead(status, headers)
    },
    onResponseData(_, chunk) {
      if (isOver) return
      if (hasContent) phase?.refresh()
      sink.onData(chunk)
    },
    onResponseEnd() {
      if (finish()) sink.onEnd()
    },
    onResponseError(_, error) {
      fail(error)
    },
  }

  const { baseUrl, request, authHeaders } = call
  try {
    pools.at(baseUrl.origin).dispatch(
      {
        method: request.method,
        path: (baseUrl.pathname === '/' ? '' : baseUrl.pathname) + request.path,
        headers: { ...request.headers, ...authHeaders },
        body: request.body,
      },
      handler,
    )
    if (controller === undefined && !isOver) startPhase()
  } catch (error) {
    // undici reports a malformed request by throwing; the caller expects failures through the sink, and later.
    queueMicrotask(() => fail(error instanceof Error ? error : new Error(String(error))))
  }

  return {
    // A paused exchange waits for its reader, not for the provider: only the total deadline goes on.
    pause() {
      clearTimeout(phase)
      controller?.pause()
    },
    resume() {
      if (isOver) return
      startPhase()
      controller?.resume()
    },
    contentStarted() {
      if (hasContent || isOver) return
      hasContent = true
      startPhase()
    },
    abort() {
      if (finish()) controller?.abort(ABORTED)
    },
  }
}
