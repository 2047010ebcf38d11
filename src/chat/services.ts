// What the use case stands on; app.ts creates each and hands them in.

import type { ChargeBook } from '../budgets/charges.ts'
import type { ScopedBudget } from '../budgets/scoped-budget.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Clock } from '../core/clock.ts'
import type { ErrorKind } from '../core/errors.ts'
import type { JsonSchemaChoice } from '../core/json-schema-choice.ts'
import type { RequestRecord } from '../core/request-record.ts'
import type { ProviderName } from '../core/route.ts'
import type { TraceContext } from '../core/trace-context.ts'
import type { Leases } from '../ledger/leases.ts'
import type { SpooledStore } from '../ledger/spooled-store.ts'
import type { LedgerStore } from '../ledger/store.ts'
import type { Provider } from '../providers/provider.ts'
import type { ProviderRegistry } from '../providers/registry.ts'
import type { CacheAffinity } from '../routing/cache-affinity.ts'
import type { RouteList } from '../routing/decision.ts'
import type { OutputExpectation } from '../routing/expected-output.ts'
import type { TokenCorrection } from '../routing/prompt-tokens.ts'
import type { ModelNames } from '../routing/requested-model.ts'
import type { Allowances } from '../upstream/allowances.ts'
import type { Circuits } from '../upstream/circuits.ts'
import type { BaseUrl, Deadlines, Upstream } from '../upstream/exchange.ts'
import type { RouteLatencies } from '../upstream/latency.ts'
import type { SchemaChecker } from './schema-checker.ts'
import type { TurnMemory } from './turn-memory.ts'

/** A provider that is on: its translator, where it lives, and how it is treated. */
export interface ProviderEndpoint {
  readonly provider: Provider
  readonly baseUrl: BaseUrl
  readonly authHeaders: Readonly<Record<string, string>>
  readonly deadlines: Deadlines
  /** What becomes of the provider's answer when the client has left: `abort` where that stops the bill, else `drain`. */
  readonly onDisconnect: 'abort' | 'drain'
  readonly drain: { readonly maxMs: number; readonly maxBytes: number }
}

export interface ChatPolicy {
  /** Attempts per request, the first included. */
  readonly maxAttempts: number
  /** The total deadline: for so long prices have to be foreseen. */
  readonly longestRequestMs: number
  /** Sent upstream where a limit needs a bound on the output and the client set none, tokens. */
  readonly defaultOutputCap: number
  readonly jsonSchema: JsonSchemaChoice
  /** Whether a stream that breaks off may be gone on with by another route. */
  readonly resumesStreams: boolean
  /** For keys without hard budgets, when the store cannot be reached. */
  readonly whenStoreAway: 'refuse' | 'continue'
}

/** Told what happened, after it happened. Must not throw: nothing a listener does can fail a request. */
export interface RequestListener {
  finished(record: RequestRecord): void
  /** A request whose booking failed everywhere, the spool included: its money must be told at least to the log. */
  notBooked(record: RequestRecord, error: unknown): void
  /** A request that never reached a provider. */
  refused(refusal: Refusal): void
}

/** Told of hard budgets that let a request not in. */
export interface BudgetListener {
  refused(budget: ScopedBudget, state: { readonly spent: bigint; readonly atMs: number }): void
}

export interface Refusal {
  readonly requestId: string
  readonly kind: ErrorKind
  readonly keyId: string | null
  readonly team: string | null
  /** The reason behind an internal error, for the log; never shown to a client. */
  readonly cause: unknown
}

/** What is learned from answers, so that the next estimate is better. */
export interface Learning {
  readonly tokens: TokenCorrection
  readonly output: OutputExpectation
  readonly cache: CacheAffinity
  readonly latencies: RouteLatencies
}

export interface ChatServices {
  readonly catalog: Catalog
  readonly names: ModelNames
  /** By which decisions name routes. */
  readonly routeList: RouteList
  readonly providers: ProviderRegistry
  readonly endpoints: ReadonlyMap<ProviderName, ProviderEndpoint>
  readonly ledger: LedgerStore & Pick<SpooledStore, 'keepHold'>
  /** Which budgets and limits count a request. */
  readonly charges: ChargeBook
  readonly budgetListener: BudgetListener
  readonly leases: Leases
  readonly upstream: Upstream
  readonly circuits: Circuits
  readonly allowances: Allowances
  readonly learning: Learning
  readonly turns: TurnMemory
  readonly schemas: SchemaChecker
  readonly policy: ChatPolicy
  readonly listener: RequestListener
  /** A trace for a request that is part of none; null where traces go nowhere. */
  readonly beginTrace: (() => TraceContext) | null
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
}
