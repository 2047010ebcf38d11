// The shared store: one Redis or a cluster, one round trip to hold and one to settle.

import { systemClock } from '../../core/clock.ts'
import type { RequestRecord } from '../../core/request-record.ts'
import { parseDispatch, parseHold, parseIds, parseRecord } from '../documents.ts'
import { pageRequests } from '../request-pages.ts'
import type { AuditStore, Hold, KeyDocument, KeyStore, LedgerStore, SpentChange, Store } from '../store.ts'
import { upkeepVerbs } from './aggregates.ts'
import { budgetVerbs } from './budgets.ts'
import type { ConnectionOptions } from './connection.ts'
import { contentVerbs } from './content.ts'
import { redispatchHold, takeHold } from './hold.ts'
import { createNames, type Names } from './names.ts'
import { readSpendOf } from './read-spend.ts'
import { createRedisClient, type RedisClient } from './redis-client.ts'
import { checkServer } from './schema.ts'
import { PUT_KEY, RELEASE, RENEW, WALK_BACK } from './scripts.ts'
import { createServerClock } from './server-clock.ts'
import { settleRequest } from './settlement.ts'

export interface RedisStoreOptions extends ConnectionOptions {
  /** Before every key, inside the hash tag; for several gateways on one server. */
  readonly namespace?: string
  /** Told of each account that a settlement of this process changed. */
  readonly onSpent?: (change: SpentChange) => void
}

const elapsedMs = (): number => performance.now()

export function createRedisStore({
  namespace = 'farthing',
  onSpent = () => undefined,
  ...options
}: RedisStoreOptions): Store {
  const client = createRedisClient(options)
  const names = createNames(namespace)
  const leaseClock = createServerClock({ elapsedMs, before: systemClock })
  return {
    ...writeVerbs(client, names, onSpent),
    ...budgetVerbs(client, names),
    ...readVerbs(client, names),
    ...keyVerbs(client, names),
    ...contentVerbs(client, names),
    ...upkeepVerbs(client, names),
    ...auditVerbs(client, names),
    leaseClock,
    ping: () => checkServer(client, names, { clock: leaseClock, elapsedMs }),
    connectionsLost: () => client.connectionsLost,
    close: () => client.close(),
  }
}

function writeVerbs(
  client: RedisClient,
  names: Names,
  onSpent: (change: SpentChange) => void,
): Pick<LedgerStore, 'hold' | 'redispatch' | 'renew' | 'release' | 'settle' | 'putRoutes'> {
  const { leases, holds, held, accounts, accountEnds, live, rates } = names
  const released = [leases, holds, held, accounts, accountEnds, live, rates]
  return {
    hold: (hold, demand) => takeHold(client, names, { hold, demand }),
    redispatch: (requestId, dispatch, demand) =>
      redispatchHold(client, names, { requestId, dispatch, rates: demand }),
    async renew(requestIds, leaseUntilMs) {
      for (const some of portions(requestIds)) await client.run(RENEW, [leases], [leaseUntilMs, ...some])
    },
    async release(requestIds) {
      for (const some of portions(requestIds)) await client.run(RELEASE, released, some)
    },
    settle: (record) => settleRequest({ client, names, onSpent }, record),
    async putRoutes(catalogVersion, ids) {
      await client.ask((to) => to.hsetnx(names.catalogs, catalogVersion, JSON.stringify(ids)))
    },
  }
}

function readVerbs(
  client: RedisClient,
  names: Names,
): Pick<LedgerStore, 'expired' | 'spend' | 'requests' | 'request' | 'routes' | 'held'> {
  const readRecords = async (ids: readonly string[]): Promise<readonly RequestRecord[]> => {
    if (ids.length === 0) return []
    const texts = await client.ask((to) => to.mget(ids.map((id) => names.request(id))))
    return texts.flatMap((text) => (text === null ? [] : parseRecord(text)))
  }
  return {
    expired: (nowMs, limit) => readExpired(client, names, { nowMs, limit }),
    spend: (query) => readSpendOf(client, names, query),
    requests: (filter) =>
      pageRequests(filter, async ({ startedAtMs, requestId }, limit) => {
        const found = await client.run(WALK_BACK, [names.requestsByStart], [startedAtMs, requestId, limit])
        return readRecords(Array.isArray(found) ? found.map(String) : [])
      }),
    request: async (requestId) => (await readRecords([requestId]))[0] ?? null,
    async routes(catalogVersion) {
      const ids = await client.ask((to) => to.hget(names.catalogs, catalogVersion))
      return ids === null ? null : parseIds(ids)
    },
    async held() {
      const [count, amount] = await Promise.all([
        client.ask((to) => to.zcard(names.leases)),
        client.ask((to) => to.get(names.held)),
      ])
      return { count, amount: BigInt(amount ?? '0') }
    },
  }
}

function keyVerbs(client: RedisClient, names: Names): KeyStore {
  const readKey = async (id: string): Promise<KeyDocument | null> => {
    const [document, hash] = await client.ask((to) => to.hmget(names.keys, id, `${id}:hash`))
    return document == null || hash == null ? null : { id, hash, document }
  }
  return {
    async putKey(...keys) {
      const args = keys.flatMap(({ id, hash, document }) => [id, hash, document])
      await client.run(PUT_KEY, [names.keys, names.keyIds], args)
    },
    async keyByHash(hash) {
      const id = await client.ask((to) => to.hget(names.keyIds, hash))
      return id === null ? null : readKey(id)
    },
    key: readKey,
    async keys() {
      const all = await client.ask((to) => to.hgetall(names.keys))
      const ids = Object.keys(all).filter((field) => !field.endsWith(':hash'))
      return ids.toSorted().map((id) => ({ id, hash: all[`${id}:hash`] ?? '', document: all[id] ?? '' }))
    },
  }
}

function auditVerbs(client: RedisClient, names: Names): AuditStore {
  return {
    async appendAudit(entry) {
      await client.ask((to) => to.xadd(names.audit, '*', 'entry', entry))
    },
    async auditBefore(id, limit) {
      // Whatever is no id of ours has nothing before it.
      if (id !== null && !STREAM_ID.test(id)) return []
      const found = await client.ask((to) =>
        to.xrevrange(names.audit, id === null ? '+' : `(${id}`, '-', 'COUNT', limit),
      )
      return found.map(([place, [, entry = '']]) => ({ id: place, entry }))
    },
  }
}

const STREAM_ID = /^\d{1,18}-\d{1,18}$/

interface Expiry {
  readonly nowMs: number
  readonly limit: number
}

async function readExpired(
  client: RedisClient,
  names: Names,
  { nowMs, limit }: Expiry,
): Promise<readonly Hold[]> {
  const found = await client.ask((to) =>
    to.zrangebyscore(names.leases, '-inf', nowMs, 'WITHSCORES', 'LIMIT', 0, limit),
  )
  const leases: { readonly id: string; readonly untilMs: number }[] = []
  for (let index = 0; index + 1 < found.length; index += 2)
    leases.push({ id: found[index] ?? '', untilMs: Number(found[index + 1]) })
  if (leases.length === 0) return []
  const fields = leases.flatMap(({ id }) => [id, `${id}:dispatch`, `${id}:amount`])
  const texts = await client.ask((to) => to.hmget(names.holds, ...fields))
  return leases.flatMap(({ untilMs }, index): Hold | readonly [] => {
    const [hold, dispatch, amount] = texts.slice(3 * index)
    // Settled since.
    if (hold == null) return []
    const parsed = { ...parseHold(hold), amount: Number(amount), leaseUntilMs: untilMs }
    return dispatch == null ? parsed : { ...parsed, dispatch: parseDispatch(dispatch) }
  })
}

/** Ids a script is given at once: it keeps the server to itself. */
const PORTION = 1_000

function* portions(ids: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < ids.length; start += PORTION) yield ids.slice(start, start + PORTION)
}
