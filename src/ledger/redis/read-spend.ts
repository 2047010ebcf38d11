// Sums and aggregates of the Redis store, as a report reads them: in many commands, again where the aggregates changed
// meanwhile. The event loop is free in between.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { SUM_NAMES } from '../booking.ts'
import type { HourlySums } from '../group-spend.ts'
import { KEPT_ALL, readSpend, type SumsView } from '../read-spend.ts'
import type { ClosedHour } from '../rollup.ts'
import { type KeptFrom, startsIn } from '../spend-plan.ts'
import { type SpendQuery, type SpendRow, StoreUnavailableError } from '../store.ts'
import type { Names } from './names.ts'
import type { RedisClient } from './redis-client.ts'

/** Asked for at once. */
const HOURS_PER_TRIP = 16
const BLOCKS_PER_TRIP = 512
/** Some 2 ms of reading. */
const FIELDS_PER_TURN = 2_000
/** Aggregates change for a moment in an hour; while a new store catches up, more often. */
const MAX_TRIES = 50

export async function readSpendOf(
  client: RedisClient,
  names: Names,
  query: SpendQuery,
): Promise<readonly SpendRow[]> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const before = await readVersion(client, names)
    const rows = await readSpend(viewSums(client, names), query)
    if ((await readVersion(client, names)) === before) return rows
  }
  throw new StoreUnavailableError('the aggregates are being made; ask again in a moment')
}

export async function readVersion(client: RedisClient, names: Names): Promise<string> {
  return (await client.ask((to) => to.hget(names.aggregates, 'version'))) ?? '0'
}

export async function readKeptOf(client: RedisClient, names: Names): Promise<KeptFrom> {
  const [hours, days] = await client.ask((to) => to.hmget(names.aggregates, 'hours', 'days'))
  return {
    hoursFromMs: hours == null ? KEPT_ALL.hoursFromMs : Number(hours),
    daysFromMs: days == null ? KEPT_ALL.daysFromMs : Number(days),
  }
}

export async function readNames(client: RedisClient, names: Names, cube: string): Promise<readonly string[]> {
  return client.ask((to) => to.lrange(names.cells(cube), 0, -1))
}

/** Null where none is closed. */
export async function readClosed(
  client: RedisClient,
  names: Names,
): Promise<Pick<ClosedHour, 'hourMs' | 'sums'> | null> {
  const hour = await client.ask((to) => to.hget(names.aggregates, 'closed'))
  if (hour === null) return null
  const hourMs = Number(hour)
  return { hourMs, sums: await readSums(hourMs, await client.ask((to) => to.hgetall(names.closedSums))) }
}

function viewSums(client: RedisClient, names: Names): SumsView {
  return {
    kept: () => readKeptOf(client, names),
    async months() {
      const starts = (await client.ask((to) => to.hkeys(names.blocks('total', 'month')))).map(Number)
      return starts.length === 0 ? null : { firstMs: Math.min(...starts), lastMs: Math.max(...starts) }
    },
    async blocks(cube, span) {
      const key = names.blocks(cube, span.grain)
      const starts = await startsThere(client, key, startsIn(span))
      const blocks: { startMs: number; block: Uint8Array }[] = []
      for (let index = 0; index < starts.length; index += BLOCKS_PER_TRIP) {
        const some = starts.slice(index, index + BLOCKS_PER_TRIP)
        const found = await client.ask((to) => to.hmgetBuffer(key, ...some.map(String)))
        for (const [place, block] of found.entries())
          if (block !== null) blocks.push({ startMs: some[place] ?? 0, block })
      }
      return blocks
    },
    names: (cube) => readNames(client, names, cube),
    async openHours({ fromMs, toMs }, onSums) {
      const closed = await readClosed(client, names)
      if (closed !== null && closed.hourMs >= fromMs && closed.hourMs < toMs)
        for (const sums of closed.sums) onSums(sums)
      const hours = await client.ask((to) => to.zrangebyscore(names.hours, fromMs, `(${toMs}`))
      for (let index = 0; index < hours.length; index += HOURS_PER_TRIP) {
        const some = hours.slice(index, index + HOURS_PER_TRIP).map(Number)
        const all = await Promise.all(
          some.map(async (hourMs) => ({
            hourMs,
            fields: await client.ask((to) => to.hgetall(names.sums(hourMs))),
          })),
        )
        for (const { hourMs, fields } of all) {
          for (const sums of await readSums(hourMs, fields)) onSums(sums)
          await nextTurn()
        }
      }
    },
  }
}

/** Those of the starts that have a block, or may have: asking for what is not there takes as long as for what is. */
async function startsThere(
  client: RedisClient,
  key: string,
  starts: readonly number[],
): Promise<readonly number[]> {
  if ((await client.ask((to) => to.hlen(key))) >= starts.length) return starts
  const there = new Set((await client.ask((to) => to.hkeys(key))).map(Number))
  return starts.filter((startMs) => there.has(startMs))
}

async function readSums(
  hourMs: number,
  fields: Readonly<Record<string, string>>,
): Promise<readonly HourlySums[]> {
  const byDimensions = new Map<string, bigint[]>()
  let count = 0
  for (const [field, amount] of Object.entries(fields)) {
    const dimensions = field.slice(1)
    let amounts = byDimensions.get(dimensions)
    if (amounts === undefined) {
      amounts = SUM_NAMES.map(() => 0n)
      byDimensions.set(dimensions, amounts)
    }
    amounts[Number(field[0])] = BigInt(amount)
    count++
    if (count % FIELDS_PER_TURN === 0) await nextTurn()
  }
  return Array.from(byDimensions, ([dimensions, amounts]) => ({ hourMs, dimensions, amounts }))
}
