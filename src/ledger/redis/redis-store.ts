// The shared store: one Redis or a cluster, one round trip to hold and one to settle. Everything lives under one hash
// tag, so that each script touches one slot.

import { createHash } from 'node:crypto'
import type { RequestRecord } from '../../core/request-record.ts'
import { bookingsOf, HOUR_MS, SUM_NAMES } from '../booking.ts'
import { parseHold, parseRecord } from '../documents.ts'
import { groupSpend, type HourlySums, hourRange } from '../group-spend.ts'
import { pageRequests } from '../request-pages.ts'
import type { Dispatch, Hold, KeyDocument, Store } from '../store.ts'
import { ask, type Connection, type ConnectionOptions, connect } from './connection.ts'
import { HOLD, PUT_KEY, REDISPATCH, RENEW, SETTLE } from './scripts.ts'

export interface RedisStoreOptions extends ConnectionOptions {
  /** Before every key, inside the hash tag; for several gateways on one server. */
  readonly namespace?: string
}

export function createRedisStore({ namespace = 'farthing', ...options }: RedisStoreOptions): Store {
  const connection = connect(options)
  const name = (suffix: string): string => `{${namespace}}:${suffix}`
  const keys = {
    leases: name('leases'),
    holds: name('holds'),
    held: name('held'),
    requestsByStart: name('requests'),
    hours: name('hours'),
    keys: name('keys'),
    keyIds: name('key-ids'),
  }
  const request = (requestId: string): string => name(`request:${requestId}`)
  const hour = (hourMs: number): string => name(`sums:${hourMs}`)
  const run = (
    script: string,
    scriptKeys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> => ask(() => runScript(connection, script, scriptKeys, args))

  const readHold = async (requestId: string): Promise<Hold | null> => {
    const [hold, dispatch] = await ask(() => connection.hmget(keys.holds, requestId, `${requestId}:dispatch`))
    if (hold == null) return null
    const parsed = parseHold(hold)
    return dispatch == null ? parsed : { ...parsed, dispatch: parseDispatch(dispatch) }
  }
  const readRecords = async (ids: readonly string[]): Promise<readonly RequestRecord[]> => {
    const texts = await Promise.all(ids.map((id) => ask(() => connection.hget(request(id), 'record'))))
    return texts.flatMap((text) => (text === null ? [] : parseRecord(text)))
  }
  const readKey = async (id: string): Promise<KeyDocument | null> => {
    const [document, hash] = await ask(() => connection.hmget(keys.keys, id, `${id}:hash`))
    return document == null || hash == null ? null : { id, hash, document }
  }

  return {
    hold: async (hold) => {
      const args = [hold.requestId, hold.leaseUntilMs, String(hold.amount), JSON.stringify(hold)]
      await run(HOLD, [keys.leases, keys.holds, keys.held], args)
    },
    redispatch: async (requestId, dispatch) =>
      void (await run(REDISPATCH, [keys.holds], [requestId, JSON.stringify(dispatch)])),
    renew: async (requestIds, leaseUntilMs) =>
      void (await run(RENEW, [keys.leases], [leaseUntilMs, ...requestIds])),

    settle: async (record) => {
      const bookings = bookingsOf(record)
      const hourMs = bookings[0]?.hourMs ?? 0
      const scriptKeys = [
        keys.leases,
        keys.holds,
        keys.held,
        keys.requestsByStart,
        request(record.requestId),
        hour(hourMs),
      ]
      const amounts = bookings.flatMap(({ dimensions, amounts: values }) =>
        values.flatMap((amount, index) => (amount === 0 ? [] : [`${index}${dimensions}`, String(amount)])),
      )
      const isExpired = record.outcome === 'expired' ? '1' : '0'
      await run(SETTLE, scriptKeys, [
        record.requestId,
        record.startedAtMs,
        isExpired,
        JSON.stringify(record),
        ...amounts,
      ])
    },

    expired: async (nowMs, limit) => {
      const found = await ask(() =>
        connection.zrangebyscore(keys.leases, '-inf', nowMs, 'WITHSCORES', 'LIMIT', 0, limit),
      )
      const holds: Hold[] = []
      for (let index = 0; index < found.length; index += 2) {
        const hold = await readHold(found[index] ?? '')
        if (hold !== null) holds.push({ ...hold, leaseUntilMs: Number(found[index + 1]) })
      }
      return holds
    },

    spend: async (query) => {
      const { fromHourMs, toHourMs } = hourRange(query)
      const hours = await hoursWithSums(connection, keys.requestsByStart, { fromHourMs, toHourMs })
      const sums = await Promise.all(
        hours.map(async (hourMs) => readSums(hourMs, await ask(() => connection.hgetall(hour(hourMs))))),
      )
      return groupSpend(sums.flat(), query)
    },
    requests: (filter) =>
      pageRequests(filter, async ({ startedAtMs, requestId }, limit) => {
        const ids = await idsBefore(connection, keys.requestsByStart, { startedAtMs, requestId, limit })
        return readRecords(ids)
      }),
    request: async (requestId) => (await readRecords([requestId]))[0] ?? null,
    held: async () => {
      const [count, amount] = await Promise.all([
        ask(() => connection.zcard(keys.leases)),
        ask(() => connection.get(keys.held)),
      ])
      return { count, amount: BigInt(amount ?? '0') }
    },

    putKey: async ({ id, hash, document }) =>
      void (await run(PUT_KEY, [keys.keys, keys.keyIds], [id, hash, document])),
    keyByHash: async (hash) => {
      const id = await ask(() => connection.hget(keys.keyIds, hash))
      return id === null ? null : readKey(id)
    },
    key: readKey,
    keys: async () => {
      const all = await ask(() => connection.hgetall(keys.keys))
      const ids = Object.keys(all).filter((field) => !field.endsWith(':hash'))
      return ids.toSorted().map((id) => ({ id, hash: all[`${id}:hash`] ?? '', document: all[id] ?? '' }))
    },

    ping: async () => void (await ask(() => connection.get(keys.held))),
    close: async () => {
      connection.disconnect()
    },
  }
}

const digests = new Map<string, string>()

/** EVALSHA, and EVAL once where the server does not know the script (new, restarted, flushed). */
async function runScript(
  connection: Connection,
  script: string,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  let digest = digests.get(script)
  if (digest === undefined) {
    // Redis names scripts by SHA-1; nothing is protected by it.
    digest = createHash('sha1').update(script).digest('hex')
    digests.set(script, digest)
  }
  try {
    return await connection.evalsha(digest, keys.length, ...keys, ...args)
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
    return connection.eval(script, keys.length, ...keys, ...args)
  }
}

interface HourRange {
  readonly fromHourMs: number
  readonly toHourMs: number
}

/** Only hours between the first and the last request of the range can hold sums. */
async function hoursWithSums(
  connection: Connection,
  index: string,
  { fromHourMs, toHourMs }: HourRange,
): Promise<readonly number[]> {
  const [first, last] = await Promise.all([
    ask(() => connection.zrangebyscore(index, fromHourMs, `(${toHourMs}`, 'WITHSCORES', 'LIMIT', 0, 1)),
    ask(() => connection.zrevrangebyscore(index, `(${toHourMs}`, fromHourMs, 'WITHSCORES', 'LIMIT', 0, 1)),
  ])
  if (first[1] === undefined || last[1] === undefined) return []
  const start = Math.floor(Number(first[1]) / HOUR_MS) * HOUR_MS
  const hours: number[] = []
  for (let hourMs = start; hourMs <= Number(last[1]); hourMs += HOUR_MS) hours.push(hourMs)
  return hours
}

function readSums(hourMs: number, fields: Readonly<Record<string, string>>): readonly HourlySums[] {
  const byDimensions = new Map<string, bigint[]>()
  for (const [field, amount] of Object.entries(fields)) {
    const dimensions = field.slice(1)
    const amounts = byDimensions.get(dimensions) ?? SUM_NAMES.map(() => 0n)
    amounts[Number(field[0])] = BigInt(amount)
    byDimensions.set(dimensions, amounts)
  }
  return [...byDimensions].map(([dimensions, amounts]) => ({ hourMs, dimensions, amounts }))
}

interface Before {
  readonly startedAtMs: number
  readonly requestId: string
  readonly limit: number
}

/** Ids strictly before a place in the order by start and id. Redis orders members of one score by their bytes, as we do. */
async function idsBefore(
  connection: Connection,
  index: string,
  { startedAtMs, requestId, limit }: Before,
): Promise<readonly string[]> {
  const [same, earlier] = await Promise.all([
    requestId === '' ? [] : ask(() => connection.zrevrangebyscore(index, startedAtMs, startedAtMs)),
    ask(() => connection.zrevrangebyscore(index, `(${startedAtMs}`, '-inf', 'LIMIT', 0, limit)),
  ])
  return [...same.filter((id) => id < requestId), ...earlier].slice(0, limit)
}

function parseDispatch(text: string): Dispatch {
  return JSON.parse(text)
}
