// Which version of its keys a Redis has, and what its clock shows. What is asked now and then anyway is asked for that: whether
// it is there.

import { StoreSchemaError } from '../store.ts'
import type { Names } from './names.ts'
import type { RedisClient } from './redis-client.ts'
import { script } from './script.ts'
import type { ServerClock } from './server-clock.ts'

/**
 * Raised with every change of what a key holds; a Redis of a newer gateway is refused. Version 2 added accounts of budgets
 * and this key. Version 3 takes sums of hours that are over into aggregates, where a gateway of version 2 does not look: its
 * reports would say too little. What there is of an older version stays as it was, and is read: its sums become aggregates.
 */
const SCHEMA_VERSION = 3

/** KEYS: schema. In a script, so that of a cluster the server is asked that has the other keys. */
const ASK = script(`
  local time = redis.call('TIME')
  return { redis.call('GET', KEYS[1]) or '0', time[1], time[2] }
`)

export interface Checked {
  readonly clock: ServerClock
  readonly elapsedMs: () => number
}

export async function checkServer(
  client: RedisClient,
  { schema }: Names,
  { clock, elapsedMs }: Checked,
): Promise<void> {
  const sentMs = elapsedMs()
  const answer = await client.run(ASK, [schema], [])
  const [found = 0, seconds = 0, microseconds = 0] = Array.isArray(answer) ? answer.map(Number) : []
  clock.heard(seconds * 1_000 + microseconds / 1_000, [sentMs, elapsedMs()])
  if (found > SCHEMA_VERSION) throw new StoreSchemaError(found, SCHEMA_VERSION)
  if (found < SCHEMA_VERSION) await client.ask((to) => to.set(schema, SCHEMA_VERSION))
}
