// The trace that a request is part of: the client's, from W3C's `traceparent` header (Trace Context, level 1), or one that the
// gateway began.

export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** The client's own span, 16 hexadecimal digits; null where the gateway began the trace. */
  readonly spanId: string | null
  readonly isSampled: boolean
}

/** A version after the first may have more fields behind the ones that it shares with it. */
const TRACE_PARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** Null where there is none, or one that cannot be read: the standard has it ignored then. */
export function readTraceContext(header: string | string[] | undefined): TraceContext | null {
  if (typeof header !== 'string') return null
  const [, version, traceId, spanId, flags, rest] = TRACE_PARENT.exec(header) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return null
  if (version === '00' && rest !== undefined) return null
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}
