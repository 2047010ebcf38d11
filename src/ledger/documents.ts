// Records and holds as the stores keep them: text that this program wrote itself, on one line. The decision, the longest
// part and JSON already, stands behind the rest as it is: put inside of it, every quote in it would have to be escaped.

import type { RequestRecord } from '../core/request-record.ts'
import type { Dispatch, Hold } from './store.ts'

/** JSON has it inside strings as \t only. */
const BEFORE_DECISION = '\t'

export function formatRecord(record: RequestRecord): string {
  return joinDecision(formatFacts(record), record.decision)
}

/** All but the decision. */
export function formatFacts(record: RequestRecord): string {
  return JSON.stringify(withoutDecision(record))
}

export function joinDecision(facts: string, decision: string): string {
  return facts + BEFORE_DECISION + decision
}

export function hasDecision(text: string): boolean {
  return text.includes(BEFORE_DECISION)
}

export function formatHold(hold: Hold): string {
  return JSON.stringify(withoutDecision(hold)) + BEFORE_DECISION + hold.decision
}

/** JSON leaves out what is undefined; a copy of all but one member costs many times as much. */
function withoutDecision<Document extends object>(document: Document): Document & { decision: undefined } {
  return { ...document, decision: undefined }
}

/** Trusted: what is read back is what `formatRecord` made. */
export function parseRecord(text: string): RequestRecord {
  const [rest, decision] = split(text)
  const record: Omit<RequestRecord, 'decision'> = JSON.parse(rest)
  return { ...record, decision }
}

export function parseHold(text: string): Hold {
  const [rest, decision] = split(text)
  const hold: Omit<Hold, 'decision'> = JSON.parse(rest)
  return { ...hold, decision }
}

/** The ids of a catalogue's routes. */
export function parseIds(text: string): readonly string[] {
  return JSON.parse(text)
}

export function parseDispatch(text: string): Dispatch {
  return JSON.parse(text)
}

function split(text: string): readonly [rest: string, decision: string] {
  const end = text.indexOf(BEFORE_DECISION)
  return [text.slice(0, end), text.slice(end + 1)]
}
