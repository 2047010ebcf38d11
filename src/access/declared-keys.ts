// Virtual keys that stand in the configuration. What they may do is known without the store, which keeps what they have spent: a
// key that is in the file no more opens nothing any more, whatever the store holds or whether it can be reached.

import { hash } from 'node:crypto'
import type { KeyRecord, KeyRules } from './key-record.ts'

export type DeclaredRecord = KeyRules & Pick<KeyRecord, 'id'>

export interface DeclaredKey {
  readonly record: DeclaredRecord
  /** Hex SHA-256 of the key. */
  readonly hash: string
  /** Of the one before it, which is taken until `previous_key_until`. */
  readonly previousHash: string | null
  /** `FILE:LINE`. */
  readonly place: string
}

/** One key that opens what a declared key may do. */
export interface DeclaredOpening {
  readonly hash: string
  readonly record: DeclaredRecord
  /** Infinity: for as long as it stands there. */
  readonly untilMs: number
}

export interface DeclaredKeys {
  /** In the order of the file. */
  all(): readonly DeclaredKey[]
  find(id: string): DeclaredKey | null
  findByHash(hash: string): DeclaredOpening | null
  /** The configuration changed. */
  configure(keys: readonly DeclaredKey[]): void
}

/** The same in every process and after every start: budgets and spend go by it. Another name is another key. */
export function declaredKeyId(name: string): string {
  return `key_${hash('sha256', `declared ${name}`, 'hex').slice(0, 24)}`
}

export function createDeclaredKeys(configured: readonly DeclaredKey[]): DeclaredKeys {
  let keys = configured
  let byId = indexById(keys)
  let byHash = indexByHash(keys)
  return {
    all: () => keys,
    find: (id) => byId.get(id) ?? null,
    findByHash: (keyHash) => byHash.get(keyHash) ?? null,
    configure(anew) {
      keys = anew
      byId = indexById(anew)
      byHash = indexByHash(anew)
    },
  }
}

function indexById(keys: readonly DeclaredKey[]): ReadonlyMap<string, DeclaredKey> {
  return new Map(keys.map((key) => [key.record.id, key]))
}

function indexByHash(keys: readonly DeclaredKey[]): ReadonlyMap<string, DeclaredOpening> {
  const openings = keys.flatMap(({ record, hash: keyHash, previousHash }): DeclaredOpening[] => {
    const untilMs = endOf(record.expires_at)
    const opening = { hash: keyHash, record, untilMs }
    if (previousHash === null) return [opening]
    const previousUntilMs = Math.min(untilMs, endOf(record.previous_key_until))
    return [opening, { hash: previousHash, record, untilMs: previousUntilMs }]
  })
  return new Map(openings.map((opening) => [opening.hash, opening]))
}

function endOf(moment: string | null): number {
  return moment === null ? Number.POSITIVE_INFINITY : Date.parse(moment)
}
