// What stands in the spool: ends of requests, and what was held and sent while the store was away, so that whoever finds
// the file of a process that died books what it had sent.

import type { RequestRecord } from '../core/request-record.ts'
import { formatHold, formatRecord, parseDispatch, parseHold, parseRecord } from './documents.ts'
import type { Dispatch, Hold } from './store.ts'

export type SpoolDocument =
  | { readonly kind: 'end'; readonly record: RequestRecord }
  | { readonly kind: 'hold'; readonly hold: Hold }
  | { readonly kind: 'dispatch'; readonly requestId: string; readonly dispatch: Dispatch }

/** What stands before a document; an end has none, and begins with `{`. */
const HOLD = 'h '
const DISPATCH = 'd '
const BEFORE_DISPATCH = '\t'

export function formatSpoolDocument(document: SpoolDocument): string {
  switch (document.kind) {
    case 'end':
      return formatRecord(document.record)
    case 'hold':
      return HOLD + formatHold(document.hold)
    case 'dispatch':
      return DISPATCH + document.requestId + BEFORE_DISPATCH + JSON.stringify(document.dispatch)
    default:
      throw new TypeError(`not for the spool: ${JSON.stringify(document satisfies never)}`)
  }
}

export function parseSpoolDocument(text: string): SpoolDocument {
  if (text.startsWith(HOLD)) return { kind: 'hold', hold: parseHold(text.slice(HOLD.length)) }
  if (!text.startsWith(DISPATCH)) return { kind: 'end', record: parseRecord(text) }
  const end = text.indexOf(BEFORE_DISPATCH)
  return {
    kind: 'dispatch',
    requestId: text.slice(DISPATCH.length, end),
    dispatch: parseDispatch(text.slice(end + 1)),
  }
}
