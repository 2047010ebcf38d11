// From an Authorization header to the caller: at once where the key stands in the configuration or was seen lately, else by
// asking the store. What is cached is checked again before it is a second old, so that a revocation is seen everywhere within
// that second.

import { timingSafeEqual } from 'node:crypto'
import { NO_LIMITS } from '../core/budget.ts'
import type { CallerPolicy } from '../core/caller.ts'
import type { Clock } from '../core/clock.ts'
import { GatewayError } from '../core/errors.ts'
import { type KeyStore, StoreUnavailableError } from '../ledger/store.ts'
import { createKeyReader, looksLikeApiKey } from './api-key.ts'
import { createContentSeal } from './content-seal.ts'
import type { DeclaredKeys, DeclaredOpening } from './declared-keys.ts'
import { buildCallerPolicy, parseKeyRecord } from './key-record.ts'
import { remember } from './remember.ts'
import { isRetired, parseRetiredKey } from './retired-key.ts'

export interface AuthenticatorOptions {
  readonly keys: Pick<KeyStore, 'keyByHash' | 'key'>
  /** Those of the configuration; the store is not asked for them. */
  readonly declared: Pick<DeclaredKeys, 'findByHash'>
  readonly clock: Clock
  /** `open`: whoever brings no key of ours is let in too. For a loopback address only. */
  readonly mode: 'keys' | 'open'
  /** How long an answer of the store counts. */
  readonly cacheTtlMs?: number
  /** Whether a key that was good goes on working while the store cannot be reached. */
  readonly staleOnOutage?: boolean
  /** Most keys remembered, good ones and refused ones each. */
  readonly maxEntries?: number
}

export interface Authenticator {
  /** Answers at once when the key is known. Throws or rejects with GatewayError. */
  readonly authenticate: (authorization: string | undefined) => CallerPolicy | Promise<CallerPolicy>
}

/** Who calls when `auth: open` and no key of ours was sent. */
export const OPEN_CALLER: CallerPolicy = Object.freeze({
  keyId: 'open',
  name: 'open',
  team: null,
  project: null,
  tags: {},
  requestTags: null,
  models: { allow: null, deny: [] },
  jurisdictions: null,
  minTier: null,
  maxTier: null,
  baseline: null,
  onContentFilter: 'stop',
  budgets: [],
  limits: NO_LIMITS,
  whenStoreAway: null,
  // Whoever reaches the port is this one caller: there is nobody to seal anything from.
  seal: createContentSeal('open'),
})

interface OpenKey {
  readonly digest: Buffer
  readonly caller: CallerPolicy
  readonly expiresAtMs: number
}

interface KnownKey extends OpenKey {
  /** When the store was asked, not when it answered: what changed in between must not live longer for it. */
  readonly askedAtMs: number
  /** Not before then is the store asked again in the background. */
  refreshAtMs: number
}

/** After a failed call, how long the store is taken to be away, so that known keys need not wait to find out. */
const OUTAGE_MS = 5000
/** Stands in for the digest of a key that does not exist, so that an unknown key costs the same comparison. */
const DECOY = Buffer.alloc(64)

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const {
    keys,
    declared,
    clock,
    mode,
    cacheTtlMs = 1000,
    staleOnOutage = true,
    maxEntries = 10_000,
  } = options
  const known = new Map<string, KnownKey>()
  /** Hashes that the store refused, with when to ask again. */
  const refused = new Map<string, number>()
  const lookups = new Map<string, Promise<KnownKey | null>>()
  const openings = new WeakMap<DeclaredOpening, OpenKey>()
  const readKey = createKeyReader(maxEntries)
  let awayUntilMs = 0

  const lookUp = (apiKey: string, hash: string): Promise<KnownKey | null> => {
    const running = lookups.get(hash)
    if (running !== undefined) return running
    const lookup = askStore(apiKey, hash).finally(() => lookups.delete(hash))
    lookups.set(hash, lookup)
    return lookup
  }

  const askStore = async (apiKey: string, hash: string): Promise<KnownKey | null> => {
    const askedAtMs = clock.now()
    try {
      const found = await readKnownKey(keys, { apiKey, hash, askedAtMs, ttlMs: cacheTtlMs })
      awayUntilMs = 0
      known.delete(hash)
      refused.delete(hash)
      if (found === null) remember(refused, hash, askedAtMs + cacheTtlMs, maxEntries)
      else remember(known, hash, found, maxEntries)
      return found
    } catch (error) {
      if (error instanceof StoreUnavailableError) {
        awayUntilMs = clock.now() + OUTAGE_MS
        const stale = staleOnOutage ? known.get(hash) : undefined
        if (stale !== undefined) {
          stale.refreshAtMs = clock.now() + cacheTtlMs / 2
          return stale
        }
        throw storeUnavailable(error)
      }
      known.delete(hash)
      throw error
    }
  }

  const openDeclared = (apiKey: string, opening: DeclaredOpening): OpenKey => {
    const opened = openings.get(opening)
    if (opened !== undefined) return opened
    const { hash, record, untilMs } = opening
    const caller = buildCallerPolicy(record, createContentSeal(apiKey))
    const entry = { digest: Buffer.from(hash), caller, expiresAtMs: untilMs }
    openings.set(opening, entry)
    return entry
  }

  const admit = (hash: string, entry: OpenKey | null): CallerPolicy => {
    const isSame = timingSafeEqual(Buffer.from(hash), entry?.digest ?? DECOY)
    if (entry === null || !isSame || entry.expiresAtMs <= clock.now()) throw incorrectKey()
    return entry.caller
  }

  return {
    authenticate(authorization) {
      const sent = readKey(authorization)
      if (sent === null) {
        if (mode === 'open' && !looksLikeApiKey(authorization)) return OPEN_CALLER
        throw authorization === undefined || authorization === '' ? missingKey() : incorrectKey()
      }
      const { apiKey, hash } = sent
      const opening = declared.findByHash(hash)
      if (opening !== null) return admit(hash, openDeclared(apiKey, opening))
      const nowMs = clock.now()
      const entry = known.get(hash)
      if (entry === undefined) {
        if ((refused.get(hash) ?? 0) > nowMs) return admit(hash, null)
        return lookUp(apiKey, hash).then((found) => admit(hash, found))
      }
      const isFresh = nowMs - entry.askedAtMs <= cacheTtlMs || (staleOnOutage && nowMs < awayUntilMs)
      if (!isFresh) return lookUp(apiKey, hash).then((found) => admit(hash, found))
      // Its failure is of no interest here: the entry goes on until it is too old, and then somebody waits for it.
      if (nowMs >= entry.refreshAtMs) lookUp(apiKey, hash).catch(() => undefined)
      return admit(hash, entry)
    },
  }
}

interface Lookup {
  readonly apiKey: string
  readonly hash: string
  readonly askedAtMs: number
  readonly ttlMs: number
}

/** Null where the key opens nothing; its reasons are told apart by nobody. */
async function readKnownKey(
  keys: AuthenticatorOptions['keys'],
  { apiKey, hash, askedAtMs, ttlMs }: Lookup,
): Promise<KnownKey | null> {
  const found = await keys.keyByHash(hash)
  if (found === null) return null
  const retired = isRetired(found.id) ? parseRetiredKey(found) : null
  const document = retired === null ? found : await keys.key(retired.keyId)
  if (document === null) return null
  const record = parseKeyRecord(document)
  if (record.revoked_at !== null) return null
  const expiresAtMs = record.expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(record.expires_at)
  return {
    digest: Buffer.from(found.hash),
    caller: buildCallerPolicy(record, createContentSeal(apiKey)),
    expiresAtMs: retired === null ? expiresAtMs : Math.min(expiresAtMs, retired.untilMs),
    askedAtMs,
    refreshAtMs: askedAtMs + ttlMs / 2,
  }
}

function missingKey(): GatewayError {
  return new GatewayError(
    'invalid_api_key',
    "You didn't provide an API key. Send a key of this gateway in the Authorization header: Authorization: Bearer fth_...",
  )
}

/** One wording for malformed, unknown, revoked and expired: who guesses keys learns nothing from it. */
function incorrectKey(): GatewayError {
  return new GatewayError(
    'invalid_api_key',
    'Incorrect API key provided: it is not one of this gateway, or it was revoked, or it has expired. Keys look like fth_... and are issued by the operator.',
  )
}

function storeUnavailable(cause: StoreUnavailableError): GatewayError {
  return new GatewayError(
    'store_unavailable',
    'The key store cannot be reached, so this API key cannot be checked; try again soon.',
    { cause },
  )
}
