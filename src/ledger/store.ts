// What the ledger promises, whatever holds it. Two implementations (redis, embedded) pass one contract suite.

import type { Clock } from '../core/clock.ts'
import type { Pico } from '../core/money.ts'
import type { AttemptRecord, Payer, RequestOutcome, RequestRecord } from '../core/request-record.ts'
import type { Tier } from '../core/tier.ts'
import type { TraceContext } from '../core/trace-context.ts'
import type { Admission, Demand, RateDemand } from './admission.ts'
import type { KeptFrom } from './spend-plan.ts'

/** What is known of the attempt about to be sent: enough to settle it as `estimated` should nobody come back. */
export interface Dispatch {
  /** The attempt as it would be booked if its end were never seen: expected usage and cost, source `estimated`. */
  readonly attempt: AttemptRecord
  readonly baseline: Pico
  readonly baselineModel: string | null
  /** Attempts of the same request that ended before this one: whoever books the expired hold books them too. */
  readonly earlier?: readonly AttemptRecord[]
}

/** The worst case of one request, set aside until it is settled or its lease runs out. */
export interface Hold extends Payer {
  readonly requestId: string
  readonly amount: Pico
  /** As in the record that will settle it; absent where no budget counts it. */
  readonly accounts?: readonly string[] | undefined
  readonly heldAtMs: number
  readonly leaseUntilMs: number
  readonly tags: Readonly<Record<string, string>>
  readonly requestedModel: string
  readonly tier: Tier
  readonly isStream: boolean
  readonly decision: string
  /** As in the record that will settle it. */
  readonly trace?: TraceContext
  readonly dispatch: Dispatch
}

export const SPEND_DIMENSIONS = [
  'provider',
  'model',
  'tier',
  'team',
  'project',
  'key',
  'day',
  'hour',
] as const
/** `tag:NAME` groups by the value of one tag. */
export type SpendDimension = (typeof SPEND_DIMENSIONS)[number] | `tag:${string}`

export interface SpendQuery {
  /** Inclusive; cut down to the full hour. */
  readonly fromMs: number
  /** Exclusive; cut up to the full hour. */
  readonly toMs: number
  readonly groupBy: readonly SpendDimension[]
}

/** Sums over the attempts of a group. Tokens in OpenAI's sense: `cachedTokens` inside `inputTokens`, `reasoningTokens` inside `outputTokens`. */
export interface SpendSums {
  readonly requests: number
  readonly attempts: number
  readonly inputTokens: number
  readonly cachedTokens: number
  readonly outputTokens: number
  readonly reasoningTokens: number
  readonly cost: bigint
  readonly baseline: bigint
  /** The part of `cost` whose usage was estimated. */
  readonly estimated: bigint
}

export interface SpendRow extends SpendSums {
  /** One entry per dimension asked for, in that order; null where a request has no such value. `day` is `YYYY-MM-DD`, `hour` `YYYY-MM-DDTHH:00Z`, both UTC. */
  readonly group: Readonly<Record<string, string | null>>
}

export interface RequestFilter {
  readonly fromMs?: number
  readonly toMs?: number
  readonly keyId?: string
  readonly team?: string
  readonly model?: string
  readonly outcome?: RequestOutcome
  /** Picodollars: those that cost more. */
  readonly costOver?: bigint
  /** At most this many, newest first. */
  readonly limit: number
  /** `nextCursor` of the page before. */
  readonly cursor?: string
}

export interface RequestPage {
  readonly records: readonly RequestRecord[]
  /** Where the next page begins; null on the last one. A page may be short, even empty, and not be the last. */
  readonly nextCursor: string | null
}

/**
 * What a settlement did to the sums: added to them, nothing (it had been booked before), or replaced the sweep's estimate.
 * `spooled`: it is safe on this machine's disk, and the sums will have it later.
 */
export type Settlement = 'booked' | 'repeated' | 'corrected' | 'spooled'

/** The store cannot be reached, or did not answer in time; nothing is known about the call's effect. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError'
}

/** The store was written by a newer gateway, and must not be touched by this one. */
export class StoreSchemaError extends Error {
  override readonly name = 'StoreSchemaError'

  constructor(found: number, known: number) {
    super(
      `the store was written by a newer version (schema ${found}, this one knows ${known}): upgrade this gateway, or give it a store of its own`,
    )
  }
}

export interface LedgerStore {
  /**
   * Sets the worst case aside in every account of the demand, counts it in every rate, and writes down what is about to be
   * sent: one atomic step, which does all of it or nothing. Without a demand nothing can refuse it.
   */
  hold(hold: Hold, demand?: Demand): Promise<Admission>
  /**
   * Replaces what is about to be sent, before another attempt of the same request goes out. `rates` are those of its
   * route: where one of them has no room, nothing changes. Unknown ids are ignored.
   */
  redispatch(requestId: string, dispatch: Dispatch, rates?: RateDemand): Promise<Admission>
  /** Moves the lease of requests still in flight. Unknown ids are ignored. */
  renew(requestIds: readonly string[], leaseUntilMs: number): Promise<void>
  /** Gives back the holds of requests of which nothing was sent. Unknown ids are ignored. */
  release(requestIds: readonly string[]): Promise<void>
  /**
   * Books every attempt of the request, adds to the sums, releases the hold: one atomic step, idempotent by attempt id.
   * Where the sweep booked the request before (outcome `expired`), the difference is booked as a correction, once, and
   * the stored record says so (`estimateReplaced`).
   */
  settle(record: RequestRecord): Promise<Settlement>
  /** Holds whose lease ran out at or before `nowMs`, oldest first. */
  expired(nowMs: number, limit: number): Promise<readonly Hold[]>
  spend(query: SpendQuery): Promise<readonly SpendRow[]>
  requests(filter: RequestFilter): Promise<RequestPage>
  request(requestId: string): Promise<RequestRecord | null>
  /** Keeps the routes of a catalogue: decisions name them by their place in it. Said again changes nothing. */
  putRoutes(catalogVersion: string, ids: readonly string[]): Promise<void>
  /** Null where nobody kept them. */
  routes(catalogVersion: string): Promise<readonly string[] | null>
  /** Sum of all holds, and how many there are. */
  held(): Promise<{ readonly count: number; readonly amount: bigint }>
}

/** What a budget has spent and holds in one of its periods. */
export interface AccountState {
  readonly spent: bigint
  readonly held: bigint
}

/** A settlement changed what an account has spent. */
export interface SpentChange {
  readonly account: string
  readonly before: bigint
  readonly after: bigint
}

/** Budgets and limits that an operator set by hand, as JSON by the name of their scope; the store does not look inside. */
export interface StoredPolicies {
  /** Raised by every change. */
  readonly version: number
  readonly documents: ReadonlyMap<string, string>
}

export interface BudgetStore {
  /** In the order of the ids; zero where nothing was ever held. */
  accounts(ids: readonly string[]): Promise<readonly AccountState[]>
  /** Forgets what they have spent; what is held stays held. */
  resetAccounts(ids: readonly string[]): Promise<void>
  policies(): Promise<StoredPolicies>
  /** Null deletes it. From now on a demand of an older version is stale. */
  putPolicy(name: string, document: string | null): Promise<void>
}

/** What somebody has to do now and then, so that a store stays small and its reports quick. No sum is changed by any of it. */
export interface UpkeepStore {
  /** Makes aggregates of the oldest hour that began before then. False where there is none left. */
  rollUp(beforeMs: number): Promise<boolean>
  /** From when on hours and days are kept. */
  keptFrom(): Promise<KeptFrom>
  /** Days and months stay where the hours and days before these moments are dropped. */
  dropAggregates(before: KeptFrom): Promise<void>
  /** Drops the records of requests that began before then, oldest first; resolves with how many. */
  dropRequests(beforeMs: number, limit: number): Promise<number>
}

/** What was changed by hand, one behind the other. There is no verb that takes one back. */
export interface AuditStore {
  appendAudit(entry: string): Promise<void>
  /** Newest first, those before `id`; null: the newest of all. */
  auditBefore(
    id: string | null,
    limit: number,
  ): Promise<readonly { readonly id: string; readonly entry: string }[]>
}

/** Documents of `access`: one per virtual key, found by id or by the SHA-256 of the key. */
export interface KeyDocument {
  readonly id: string
  /** Hex SHA-256 of the key. */
  readonly hash: string
  /** The key's record as JSON; the store does not look inside. */
  readonly document: string
}

export interface KeyStore {
  /** Creates or replaces by id, all in one step. */
  putKey(...keys: readonly KeyDocument[]): Promise<void>
  keyByHash(hash: string): Promise<KeyDocument | null>
  key(id: string): Promise<KeyDocument | null>
  /** In order of their ids. */
  keys(): Promise<readonly KeyDocument[]>
}

/** Content that a later request of the same conversation needs: sealed by whoever keeps it, bounded, and for a while only. */
export interface KeptEntry {
  readonly name: string
  readonly value: Uint8Array
  readonly expiresAtMs: number
}

export interface KeptBounds {
  readonly nowMs: number
  /** Most bytes of all values together: what expires first goes to make room. */
  readonly maxBytes: number
}

export interface ContentStore {
  /** Adds, or replaces by name. Not durable: what a crash takes is missed, and nothing more. */
  keep(entry: KeptEntry, bounds: KeptBounds): Promise<void>
  /** In the order of the names; null for what is not there, or not any more. */
  kept(names: readonly string[], nowMs: number): Promise<readonly (Uint8Array | null)[]>
  /** Deletes what expires at or before then. */
  dropKept(untilMs: number): Promise<void>
  keptSize(): Promise<{ readonly count: number; readonly bytes: number }>
}

/** Content that an operator samples. Apart from what conversations need, so that neither makes room for the other. */
export interface SampleStore extends ContentStore {
  /** Deletes those whose names begin so; resolves with how many there were. */
  dropNamed(beginning: string): Promise<number>
}

/** What is to be done once by all processes together. */
export interface ClaimStore {
  /** True for the first who asks, and for nobody else until `untilMs`. As durable as kept content. */
  claim(name: string, span: { readonly nowMs: number; readonly untilMs: number }): Promise<boolean>
}

/** Everything that is shared between processes and survives them. */
export interface Store
  extends LedgerStore,
    BudgetStore,
    KeyStore,
    ContentStore,
    ClaimStore,
    UpkeepStore,
    AuditStore {
  readonly samples: SampleStore
  /** The clock by which leases end, where those who share the store do not share a machine's; null: they do. */
  readonly leaseClock: Clock | null
  /** Resolves when the store answers; rejects with StoreUnavailableError, or StoreSchemaError. */
  ping(): Promise<void>
  /** How many connections to a server have ended: each time, it may have lost what it acknowledged last. Null: there is no server. */
  connectionsLost(): number | null
  /** Writes what is still pending and lets go. */
  close(): Promise<void>
}
