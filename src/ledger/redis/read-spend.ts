// Hourly sums of the Redis store → a spend report. An hour is read in one piece; the event loop is free in between.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { SUM_NAMES } from '../booking.ts'
import { createSpendGroups, type HourlySums, hourRange } from '../group-spend.ts'
import type { SpendQuery, SpendRow } from '../store.ts'
import type { Names } from './names.ts'
import type { RedisClient } from './redis-client.ts'

/** Asked for at once. */
const HOURS_PER_TRIP = 16
/** Some 2 ms of reading. */
const FIELDS_PER_TURN = 2_000

export async function readSpend(
  client: RedisClient,
  names: Names,
  query: SpendQuery,
): Promise<readonly SpendRow[]> {
  const { fromHourMs, toHourMs } = hourRange(query)
  const groups = createSpendGroups(query)
  const hours = await client.ask((to) => to.zrangebyscore(names.hours, fromHourMs, `(${toHourMs}`))
  for (let index = 0; index < hours.length; index += HOURS_PER_TRIP) {
    const some = hours.slice(index, index + HOURS_PER_TRIP).map(Number)
    const all = await Promise.all(
      some.map(async (hourMs) => ({
        hourMs,
        fields: await client.ask((to) => to.hgetall(names.sums(hourMs))),
      })),
    )
    for (const { hourMs, fields } of all) {
      for (const sums of await readSums(hourMs, fields)) groups.add(sums)
      await nextTurn()
    }
  }
  return groups.rows()
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
