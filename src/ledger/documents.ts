// Records and holds as the stores keep them: text that this program wrote itself, on one line. The decision, the longest
// part and JSON already, stands behind the rest as it is: put inside of it, every quote in it would have to be escaped.

import type { RequestRecord } from '../core/request-record.ts'
import type { Dispatch, Hold } from './store.ts'

/** JSON has it inside strings as \t only. */
const BEFORE_DECISION = '\t'

export function formatRecord({ decision, ...rest }: RequestRecord): string {
  return JSON.stringify(rest) + BEFORE_DECISION + decision
}

export function formatHold({ decision, ...rest }: Hold): string {
  return JSON.stringify(rest) + BEFORE_DECISION + decision
}

/** Trusted: what is read back is what `formatRecord` made. */
export function parseRecord(text: string): RequestRecord {
  return parse<RequestRecord>(text)
}

export function parseHold(text: string): Hold {
  return parse<Hold>(text)
}

export function parseDispatch(text: string): Dispatch {
  return JSON.parse(text)
}

function parse<Document extends { readonly decision: string }>(text: string): Document {
  const end = text.indexOf(BEFORE_DECISION)
  const rest: Omit<Document, 'decision'> = JSON.parse(end === -1 ? text : text.slice(0, end))
  const decision = end === -1 ? '' : text.slice(end + 1)
  return Object.assign(rest, { decision }) as unknown as Document
}
