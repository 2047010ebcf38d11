// Records and holds as the stores keep them: JSON that this program wrote itself.

import type { RequestRecord } from '../core/request-record.ts'
import type { Dispatch, Hold } from './store.ts'

/** Trusted: what is read back is what JSON.stringify made of the same type. */
export function parseRecord(text: string): RequestRecord {
  return JSON.parse(text)
}

export function parseHold(text: string): Hold {
  return JSON.parse(text)
}

export function parseDispatch(text: string): Dispatch {
  return JSON.parse(text)
}
