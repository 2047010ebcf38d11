// One attempt at one route: send, read the answer, and know afterwards what it used. It neither chooses routes nor
// touches the ledger.

import type { IncomingHttpHeaders } from 'node:http'
import type { AttemptFailure } from '../core/failure.ts'
import type { UpstreamRequest } from '../core/upstream-request.ts'
import type { Deadlines, Exchange, Upstream } from '../upstream/exchange.ts'
import type { AnswerReader } from './answer-reader.ts'
import type { ClientReply } from './client-reply.ts'
import type { ProviderEndpoint } from './services.ts'

/** An error answer is read up to here; the rest says nothing more. */
const MAX_ERROR_BYTES = 64 * 1024

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
  readonly firstByteAtMs: number | null
  readonly endedAtMs: number
  /** Null when no 2xx answer began. */
  readonly reader: AnswerReader | null
  /** The provider's answer was read to its end, whoever was still there to hear it. */
  readonly isWhole: boolean
}

/** Never rejects: whatever happens to the exchange is an end. */
export function runAttempt(upstream: Upstream, call: AttemptCall): Promise<AttemptEnd> {
  return new Promise((resolve) => {
    const { endpoint, client, now } = call
    let status: number | null = null
    let headers: IncomingHttpHeaders = {}
    let reader: AnswerReader | null = null
    let firstByteAtMs: number | null = null
    let errorBody = Buffer.alloc(0)
    let isOver = false
    let drainTimer: NodeJS.Timeout | undefined
    let drainedBytes = 0

    const finish = (kind: AttemptEnd['kind'], failure: AttemptFailure | null): void => {
      if (isOver) return
      isOver = true
      clearTimeout(drainTimer)
      resolve({
        kind: client.isGone ? 'client_gone' : kind,
        failure,
        status,
        firstByteAtMs,
        endedAtMs: now(),
        reader,
        isWhole: kind === 'answered',
      })
    }
    const give = (failure: AttemptFailure | null): void => {
      if (failure === null) return
      exchange.abort()
      finish('failed', failure)
    }
    const refused = (): void => finish('failed', endpoint.provider.readError(status ?? 0, headers, errorBody))
    const close = (whole: AnswerReader): void => {
      const failure = whole.end()
      firstByteAtMs ??= now()
      finish(failure === null ? 'answered' : 'failed', failure)
    }
    const pause = (): void => {
      exchange.pause()
      client.onDrain(() => exchange.resume())
    }

    const exchange: Exchange = upstream.send(
      { baseUrl: endpoint.baseUrl, request: call.request, authHeaders: endpoint.authHeaders },
      call.deadlines,
      {
        onHead(answerStatus, answerHeaders) {
          status = answerStatus
          headers = answerHeaders
          if (answerStatus >= 200 && answerStatus < 300) reader = call.createReader(pause)
        },
        onData(chunk) {
          if (reader === null) {
            errorBody = Buffer.concat([errorBody, chunk])
            if (errorBody.length < MAX_ERROR_BYTES) return
            exchange.abort()
            return refused()
          }
          const failure = reader.read(chunk)
          if (firstByteAtMs === null && reader.hasContent) {
            firstByteAtMs = now()
            exchange.contentStarted()
          }
          give(failure)
          drainedBytes += chunk.length
          if (drainTimer !== undefined && drainedBytes > endpoint.drain.maxBytes) stop()
        },
        onEnd() {
          if (reader === null) refused()
          else close(reader)
        },
        onFailure(failure) {
          // A connection that breaks behind a complete answer has taken nothing away, nor one that breaks behind a refusal.
          if (reader?.isComplete === true) close(reader)
          else if (reader === null && status !== null) refused()
          else finish('failed', failure)
        },
      },
    )
    const stop = (): void => {
      exchange.abort()
      finish('client_gone', null)
    }
    const leave = (): void => {
      if (isOver) return
      // An exchange that was held back for the client would wait for it forever.
      exchange.resume()
      if (endpoint.onDisconnect === 'abort') return stop()
      drainedBytes = 0
      drainTimer = setTimeout(stop, endpoint.drain.maxMs)
    }
    if (client.isGone) leave()
    else client.onGone(leave)
  })
}
