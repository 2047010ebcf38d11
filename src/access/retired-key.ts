// The key that a virtual key had before it was rotated: for a while it still opens what the new one does.

import { z } from 'zod'
import type { KeyDocument } from '../ledger/store.ts'

export interface RetiredKey {
  /** Whose it was. */
  readonly keyId: string
  readonly untilMs: number
}

/** One for each virtual key: rotated again within the overlap, the one before the last is over. */
const PREFIX = 'retired:'

const schema = z.strictObject({ key_id: z.string().startsWith('key_'), until: z.iso.datetime() })

export function isRetired(id: string): boolean {
  return id.startsWith(PREFIX)
}

export function buildRetiredDocument({ keyId, untilMs }: RetiredKey, keyHash: string): KeyDocument {
  const document = JSON.stringify({ key_id: keyId, until: new Date(untilMs).toISOString() })
  return { id: PREFIX + keyId, hash: keyHash, document }
}

/** Throws where the store holds something else. */
export function parseRetiredKey({ document }: KeyDocument): RetiredKey {
  const { key_id: keyId, until } = schema.parse(JSON.parse(document))
  return { keyId, untilMs: Date.parse(until) }
}
