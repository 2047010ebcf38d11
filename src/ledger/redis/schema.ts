// Which version of its keys a Redis has. What is asked now and then anyway is asked for that: whether it is there.

import { StoreSchemaError } from '../store.ts'
import type { Names } from './names.ts'
import type { RedisClient } from './redis-client.ts'

/**
 * Raised with every change of what a key holds; a Redis of a newer gateway is refused. Version 2 added accounts of budgets
 * and this key. Version 3 takes sums of hours that are over into aggregates, where a gateway of version 2 does not look: its
 * reports would say too little. What there is of an older version stays as it was, and is read: its sums become aggregates.
 */
const SCHEMA_VERSION = 3

export async function checkSchema(client: RedisClient, { schema }: Names): Promise<void> {
  const found = Number(await client.ask((to) => to.get(schema)))
  if (found > SCHEMA_VERSION) throw new StoreSchemaError(found, SCHEMA_VERSION)
  if (found < SCHEMA_VERSION) await client.ask((to) => to.set(schema, SCHEMA_VERSION))
}
