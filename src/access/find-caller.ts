// Who a virtual key stands for, found by its id: for asking what it would be served, without the key itself.

import type { CallerPolicy } from '../core/caller.ts'
import { GatewayError } from '../core/errors.ts'
import type { KeyStore } from '../ledger/store.ts'
import { OPEN_CALLER } from './authenticator.ts'
import { createContentSeal } from './content-seal.ts'
import type { DeclaredKeys } from './declared-keys.ts'
import { buildCallerPolicy, parseKeyRecord } from './key-record.ts'
import { isRetired } from './retired-key.ts'

export interface KeySources {
  readonly keys: Pick<KeyStore, 'key'>
  readonly declared: Pick<DeclaredKeys, 'find'>
}

/**
 * Null: whoever brings no key. Rejects with GatewayError `not_found`. What the caller sealed cannot be opened: that takes the
 * key.
 */
export async function findCaller({ keys, declared }: KeySources, id: string | null): Promise<CallerPolicy> {
  if (id === null) return OPEN_CALLER
  const stands = declared.find(id)
  if (stands !== null) return buildCallerPolicy(stands.record, createContentSeal(id))
  const document = isRetired(id) ? null : await keys.key(id)
  if (document === null) {
    const shown = JSON.stringify(id.slice(0, 100)).slice(1, -1)
    throw new GatewayError('not_found', `There is no key "${shown}".`, { param: 'key' })
  }
  return buildCallerPolicy(parseKeyRecord(document), createContentSeal(id))
}
