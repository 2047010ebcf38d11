// A finished request as spans: one of the server for the request, one of a client for each attempt. Written down when
// all is over, with the times at which it happened. No prompts, no answers, no keys.

import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { usdFromPico } from '../../core/money.ts'
import { type AttemptRecord, type RequestRecord, requestCost } from '../../core/request-record.ts'
import { isReported, promptTokens } from '../../core/usage.ts'
import { attemptAttributes, isWell } from './gen-ai-attributes.ts'

const ROUTE = '/v1/chat/completions'
const LONGEST_NAME = 100
/** From here on a failure is the server's, as the conventions for HTTP have it. */
const SERVER_ERROR = 500

export function recordSpans(tracer: Tracer, record: RequestRecord): void {
  const parent = parentOf(record)
  const span = tracer.startSpan(
    `POST ${ROUTE}`,
    { kind: SpanKind.SERVER, startTime: record.startedAtMs, attributes: requestAttributes(record) },
    parent,
  )
  if (span.isRecording()) {
    const context = trace.setSpan(parent, span)
    for (const attempt of record.attempts) recordAttempt(tracer, context, attempt)
  }
  if (record.status >= SERVER_ERROR) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end(Math.max(record.startedAtMs, record.endedAtMs))
}

function parentOf({ trace: client }: RequestRecord): Context {
  if (client === undefined || client.spanId === null) return ROOT_CONTEXT
  const { traceId, spanId, isSampled } = client
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
}

function requestAttributes(record: RequestRecord): Attributes {
  const cost = requestCost(record)
  return {
    'http.request.method': 'POST',
    'http.route': ROUTE,
    'http.response.status_code': record.status,
    'farthing.request.id': record.requestId,
    'farthing.request.model': record.requestedModel.slice(0, LONGEST_NAME),
    'farthing.tier': record.tier,
    'farthing.key.id': record.keyId,
    ...(record.team === null ? {} : { 'farthing.team': record.team }),
    'farthing.cost_usd': usdFromPico(cost),
    'farthing.saved_usd': usdFromPico(record.baseline - cost),
    ...(record.outcome === 'success' ? {} : { 'error.type': record.outcome }),
  }
}

function recordAttempt(tracer: Tracer, parent: Context, attempt: AttemptRecord): void {
  const { model, route, source, usage, cost, outcome, startedAtMs, firstByteAtMs, endedAtMs } = attempt
  const span = tracer.startSpan(
    `chat ${model}`,
    {
      kind: SpanKind.CLIENT,
      startTime: startedAtMs,
      attributes: {
        ...attemptAttributes(attempt),
        'farthing.route': route,
        'farthing.cost_usd': usdFromPico(cost.total),
        ...(source === null ? {} : { 'farthing.usage.source': source }),
        ...(attempt.status === null ? {} : { 'http.response.status_code': attempt.status }),
      },
    },
    parent,
  )
  if (isReported(source)) {
    span.setAttributes({
      'gen_ai.usage.input_tokens': promptTokens(usage),
      'gen_ai.usage.output_tokens': usage.output,
      'gen_ai.usage.cache_read.input_tokens': usage.cacheRead,
      'gen_ai.usage.cache_creation.input_tokens': usage.cacheWrite + usage.cacheWriteLong,
    })
  }
  if (firstByteAtMs !== null) span.addEvent('first content', firstByteAtMs)
  if (!isWell(outcome) && outcome !== 'client_gone') span.setStatus({ code: SpanStatusCode.ERROR })
  span.end(Math.max(startedAtMs, endedAtMs))
}
