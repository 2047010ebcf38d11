// The names of the Redis store's keys. All share one hash tag, so that each script touches one slot of a cluster.

export type Names = ReturnType<typeof createNames>

export interface KeptNames {
  /** Hash: sealed values by their name. */
  readonly values: string
  /** Sorted set: the names by when each expires. */
  readonly expiry: string
  /** How many bytes the values are together. */
  readonly bytes: string
}

export function createNames(namespace: string) {
  const name = (suffix: string): string => `{${namespace}}:${suffix}`
  return {
    /** Which version of these keys it is. */
    schema: name('schema'),
    /** Sorted set: request ids by the end of their lease. */
    leases: name('leases'),
    /**
     * Hash: of each request that is held its hold, `:amount`, when another attempt went out `:dispatch`, and `:charges` when
     * budgets or rates count it.
     */
    holds: name('holds'),
    /** Sum of all holds. */
    held: name('held'),
    /** Hash: of each account of a budget what is `:spent`, and `:taken`, which is that and what is held. */
    accounts: name('accounts'),
    /** Sorted set: accounts by the end of their period. */
    accountEnds: name('account-ends'),
    /** Hash: how many requests each rate's name counts that are under way. */
    live: name('live'),
    /** What the keys of rates begin with: of each a sorted set, the entries by their moment, and a hash, their tokens. */
    rates: name('rates'),
    /** Hash: policies that were set by hand, by the name of their scope, and `:version`. */
    policies: name('policies'),
    /** Sorted set: ids of settled requests by their start. */
    requestsByStart: name('requests'),
    /** The record of one. */
    request: (requestId: string): string => name(`request:${requestId}`),
    /** Sorted set: the hours that have sums. */
    hours: name('hours'),
    /** Hash: the sums of one hour, a field for each amount: its index in SUM_NAMES, then the dimensions. */
    sums: (hourMs: number): string => name(`sums:${hourMs}`),
    /** Hash: the sums of an hour that is on its way into the aggregates. */
    closedSums: name('closed-sums'),
    /** Hash: `version` of the aggregates, the `closed` hour, and from when on `hours` and `days` are kept. */
    aggregates: name('aggregates'),
    /** Hash: the blocks of a cube and a grain, by when they begin. */
    blocks: (cube: string, grain: string): string => name(`blocks:${cube}:${grain}`),
    /** List: the dimensions of a cube's cells, by their ids. */
    cells: (cube: string): string => name(`cells:${cube}`),
    /** Hash: the routes of each catalogue by its version, as JSON. */
    catalogs: name('catalogs'),
    /** Hash: of each virtual key its document and `:hash`. */
    keys: name('keys'),
    /** Hash: ids of virtual keys by their hash. */
    keyIds: name('key-ids'),
    /** Stream: what was changed by hand. */
    audit: name('audit'),
    /** Content that later requests of a conversation need. */
    kept: { values: name('kept'), expiry: name('kept-expiry'), bytes: name('kept-bytes') },
    /** Content that an operator samples. */
    samples: { values: name('samples'), expiry: name('samples-expiry'), bytes: name('samples-bytes') },
    /** Of one that is made, until it ends. */
    claim: (claimed: string): string => name(`claim:${claimed}`),
  }
}
