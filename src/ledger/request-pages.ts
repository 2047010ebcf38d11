// Newest-first pages of requests over any store that can walk them backwards in time.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { type RequestRecord, requestCost } from '../core/request-record.ts'
import type { RequestFilter, RequestPage } from './store.ts'

/** A place in the order: by start, then by id. */
export interface RequestPlace {
  readonly startedAtMs: number
  readonly requestId: string
}

/** Records strictly before `place` in that order, newest first, at most `limit`. */
export type WalkBack = (place: RequestPlace, limit: number) => Promise<readonly RequestRecord[]>

/** Some 2 ms of parsing. */
const CHUNK = 100
/** Records that one page looks at, so that a filter that fits few does not walk through all that there ever was. */
const MAX_WALK = 20_000

/** A page may be short of its limit and not be the last: `nextCursor` says where to look on. */
export async function pageRequests(filter: RequestFilter, walkBack: WalkBack): Promise<RequestPage> {
  let place: RequestPlace =
    filter.cursor === undefined
      ? { startedAtMs: filter.toMs ?? Number.MAX_SAFE_INTEGER, requestId: '' }
      : readCursor(filter.cursor)
  const records: RequestRecord[] = []
  for (let seen = 0; seen < MAX_WALK; seen += CHUNK) {
    const chunk = await walkBack(place, CHUNK)
    for (const record of chunk) {
      if (filter.fromMs !== undefined && record.startedAtMs < filter.fromMs)
        return { records, nextCursor: null }
      if (matches(record, filter)) {
        if (records.length === filter.limit) return { records, nextCursor: buildCursor(place) }
        records.push(record)
      }
      place = record
    }
    if (chunk.length < CHUNK) return { records, nextCursor: null }
    // The walk may be long, and others want the event loop.
    await nextTurn()
  }
  return { records, nextCursor: buildCursor(place) }
}

function matches(record: RequestRecord, { keyId, team, model, outcome, costOver }: RequestFilter): boolean {
  if (keyId !== undefined && record.keyId !== keyId) return false
  if (team !== undefined && record.team !== team) return false
  if (outcome !== undefined && record.outcome !== outcome) return false
  if (costOver !== undefined && requestCost(record) <= costOver) return false
  if (model === undefined || record.requestedModel === model) return true
  return record.attempts.some(
    (attempt) => attempt.model === model || `${attempt.provider}/${attempt.model}` === model,
  )
}

function buildCursor({ startedAtMs, requestId }: RequestPlace): string {
  return Buffer.from(JSON.stringify([startedAtMs, requestId])).toString('base64url')
}

/** A cursor that is not ours starts at the beginning of time: it has no page. */
function readCursor(cursor: string): RequestPlace {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(parsed) && typeof parsed[0] === 'number' && typeof parsed[1] === 'string') {
      return { startedAtMs: parsed[0], requestId: parsed[1] }
    }
  } catch {
    // Falls through: malformed.
  }
  return { startedAtMs: 0, requestId: '' }
}
