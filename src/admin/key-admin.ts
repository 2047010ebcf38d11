// Virtual keys: create, list, show, change, revoke. Answers are as they stand on the wire; the key itself is in one of
// them only, that of its creation.

import { createApiKey, createKeyId, hashApiKey, type RandomBytes } from '../access/api-key.ts'
import type { DeclaredKey, DeclaredKeys } from '../access/declared-keys.ts'
import {
  BLANK_RULES,
  buildKeyDocument,
  type KeyRecord,
  type KeyRules,
  parseKeyRecord,
} from '../access/key-record.ts'
import { buildRetiredDocument, isRetired } from '../access/retired-key.ts'
import type { Clock } from '../core/clock.ts'
import { GatewayError } from '../core/errors.ts'
import { PROVIDER_IDS, type ProviderName } from '../core/route.ts'
import type { KeyDocument, KeyStore } from '../ledger/store.ts'
import { fromStore } from './from-store.ts'
import { checkTierOrder, parseKeyPatch, parseKeyToCreate, parseRotation } from './key-input.ts'
import { invalidInput } from './parse-input.ts'

export interface KeyAdminOptions {
  readonly keys: KeyStore
  /** Those of the configuration: shown, and changed there alone. */
  readonly declared: Pick<DeclaredKeys, 'all' | 'find'>
  readonly clock: Clock
  readonly random: RandomBytes
  /** Those that a key may speak of; absent: the vendors. */
  readonly providers?: () => readonly ProviderName[]
}

export interface KeyView extends KeyRules {
  readonly id: string
  /** Null for a declared key: nobody knows. */
  readonly created_at: string | null
  /** Null for a declared key: of it only the hash is known. */
  readonly hint: string | null
  /** Where it stands in the configuration, as FILE:LINE; null: it was made here. */
  readonly declared: string | null
  readonly status: 'active' | 'expired' | 'revoked'
}

/** `key` is shown this once. */
export interface CreatedKey extends KeyView {
  readonly key: string
}

export interface KeyAdmin {
  readonly create: (body: unknown) => Promise<CreatedKey>
  /** Those of the configuration in its order, then the others, oldest first. */
  readonly list: () => Promise<readonly KeyView[]>
  readonly get: (id: string) => Promise<KeyView>
  readonly patch: (id: string, body: unknown) => Promise<KeyView>
  /** Makes a new key for the same id; the one before it is taken for a while still. */
  readonly rotate: (id: string, body: unknown) => Promise<CreatedKey>
  /** Revoking a revoked key changes nothing. */
  readonly revoke: (id: string) => Promise<KeyView>
}

export function createKeyAdmin(options: KeyAdminOptions): KeyAdmin {
  const { keys, declared, clock, random, providers = () => PROVIDER_IDS } = options
  const find = async (id: string): Promise<{ document: KeyDocument; record: KeyRecord }> => {
    const document = isRetired(id) ? null : await fromStore(keys.key(id))
    if (document === null) throw unknownKey(id)
    return { document, record: parseKeyRecord(document) }
  }
  const findToChange = (id: string): ReturnType<typeof find> => {
    const stands = declared.find(id)
    if (stands !== null) throw changedInFile(stands)
    return find(id)
  }
  const changes = createTurns()

  return {
    async create(body) {
      const nowMs = clock.now()
      const fields = parseKeyToCreate(body, nowMs, providers())
      const key = createApiKey(random)
      const record = layOver(blankRecord(createKeyId(random), key.slice(-4), nowMs), fields)
      await fromStore(keys.putKey(buildKeyDocument(record, hashApiKey(key))))
      return { key, ...view(record, nowMs) }
    },

    async list() {
      const nowMs = clock.now()
      const documents = await fromStore(keys.keys())
      const records = documents.filter((document) => !isRetired(document.id)).map(parseKeyRecord)
      return [
        ...declared.all().map((key) => viewDeclared(key, nowMs)),
        ...records.toSorted(byAge).map((record) => view(record, nowMs)),
      ]
    },

    async get(id) {
      const stands = declared.find(id)
      return stands === null ? view((await find(id)).record, clock.now()) : viewDeclared(stands, clock.now())
    },

    patch: (id, body) =>
      changes.take(id, async () => {
        const nowMs = clock.now()
        const fields = parseKeyPatch(body, nowMs, providers())
        const { document, record } = await findToChange(id)
        if (record.revoked_at !== null) throw revokedForGood(id)
        const changed = layOver(record, fields)
        await fromStore(keys.putKey(buildKeyDocument(changed, document.hash)))
        return view(changed, nowMs)
      }),

    rotate: (id, body) =>
      changes.take(id, async () => {
        const nowMs = clock.now()
        const overlapMs = parseRotation(body)
        const { document, record } = await findToChange(id)
        if (record.revoked_at !== null) throw revokedForGood(id)
        const key = createApiKey(random)
        const untilMs = nowMs + overlapMs
        const rotated: KeyRecord = {
          ...record,
          hint: key.slice(-4),
          previous_key_until: overlapMs === 0 ? null : new Date(untilMs).toISOString(),
        }
        // In this order: the old hash is free for the retired one when the new one has taken its place.
        const documents = [
          buildKeyDocument(rotated, hashApiKey(key)),
          buildRetiredDocument({ keyId: id, untilMs }, document.hash),
        ]
        await fromStore(keys.putKey(...documents))
        return { key, ...view(rotated, nowMs) }
      }),

    revoke: (id) =>
      changes.take(id, async () => {
        const nowMs = clock.now()
        const { document, record } = await findToChange(id)
        if (record.revoked_at !== null) return view(record, nowMs)
        const revoked = { ...record, revoked_at: new Date(nowMs).toISOString() }
        await fromStore(keys.putKey(buildKeyDocument(revoked, document.hash)))
        return view(revoked, nowMs)
      }),
  }
}

function blankRecord(id: string, hint: string, nowMs: number): KeyRecord {
  return { ...BLANK_RULES, id, created_at: new Date(nowMs).toISOString(), hint }
}

/** `models` is laid over list by list: a new deny list leaves the allow list as it was. */
function layOver(record: KeyRecord, fields: ReturnType<typeof parseKeyPatch>): KeyRecord {
  const { models, ...rest } = fields
  const changed: KeyRecord = { ...record, ...rest, models: { ...record.models, ...models } }
  checkTierOrder(changed.min_tier, changed.max_tier)
  return changed
}

function view(record: KeyRecord, nowMs: number): KeyView {
  return { ...record, declared: null, status: statusOf(record, nowMs) }
}

function viewDeclared({ record, place }: DeclaredKey, nowMs: number): KeyView {
  return { ...record, created_at: null, hint: null, declared: place, status: statusOf(record, nowMs) }
}

function statusOf({ expires_at: expires, revoked_at: revoked }: KeyRules, nowMs: number): KeyView['status'] {
  if (revoked !== null) return 'revoked'
  return expires !== null && Date.parse(expires) <= nowMs ? 'expired' : 'active'
}

function byAge(left: KeyRecord, right: KeyRecord): number {
  return left.created_at.localeCompare(right.created_at) || left.id.localeCompare(right.id)
}

function changedInFile({ record: { id, name }, place }: DeclaredKey): GatewayError {
  return invalidInput(
    null,
    `${id} (${JSON.stringify(name)}) is declared in the configuration, at ${place}: change it or take it out there, and reload the gateway`,
  )
}

function revokedForGood(id: string): GatewayError {
  return invalidInput(null, `${id} is revoked for good; create a new key instead`)
}

function unknownKey(id: string): GatewayError {
  const shown = JSON.stringify(id.slice(0, 100)).slice(1, -1)
  return new GatewayError('not_found', `There is no key "${shown}"; GET /admin/keys lists them by id.`)
}

/** One change of a key after the other: a patch that read before a revocation must not write after it. */
function createTurns(): { take<Result>(id: string, change: () => Promise<Result>): Promise<Result> } {
  const last = new Map<string, Promise<unknown>>()
  return {
    take(id, change) {
      const turn = (last.get(id) ?? Promise.resolve()).then(change, change)
      const settled = turn.catch(() => undefined)
      last.set(id, settled)
      void settled.finally(() => {
        if (last.get(id) === settled) last.delete(id)
      })
      return turn
    },
  }
}
