// Makes of a store what the first version of its schema had: requests, sums, holds, keys and catalogues, and nothing that
// knows of budgets.

import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Redis } from 'ioredis'
import { formatHold, formatRecord, parseHold, parseRecord } from '../../src/ledger/documents.ts'
import type { StoreSite } from './store-site.ts'

/** As version 1 made them. */
const TABLES = `
  CREATE TABLE holds (
    request_id TEXT PRIMARY KEY, lease_until INTEGER NOT NULL, amount INTEGER NOT NULL, hold TEXT NOT NULL, dispatch TEXT
  );
  CREATE INDEX holds_by_lease ON holds (lease_until);
  CREATE TABLE requests (request_id TEXT PRIMARY KEY, started_at INTEGER NOT NULL, record TEXT NOT NULL);
  CREATE INDEX requests_by_start ON requests (started_at, request_id);
  CREATE TABLE sums (
    hour INTEGER NOT NULL, dimensions TEXT NOT NULL,
    requests INTEGER NOT NULL, attempts INTEGER NOT NULL, input_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL, reasoning_tokens INTEGER NOT NULL, cost INTEGER NOT NULL, baseline INTEGER NOT NULL,
    estimated INTEGER NOT NULL, PRIMARY KEY (hour, dimensions)
  ) WITHOUT ROWID;
  CREATE TABLE catalogs (version TEXT PRIMARY KEY, routes TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE keys (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, document TEXT NOT NULL) WITHOUT ROWID;
  PRAGMA user_version = 1;
`
const COLUMNS = {
  holds: 'request_id, lease_until, amount, hold, dispatch',
  requests: 'request_id, started_at, record',
  sums: 'hour, dimensions, requests, attempts, input_tokens, cached_tokens, output_tokens, reasoning_tokens, cost, baseline, estimated',
  catalogs: 'version, routes',
  keys: 'id, hash, document',
}

export async function makeOlder(site: StoreSite): Promise<void> {
  // What stands in journals comes into the tables.
  const store = await site.open()
  await store.expired(0, 1)
  await store.held()
  await store.close()
  if (site.redis === null) makeOlderTables(site.dataDir(''))
  else await makeOlderKeys(site.redis.primary().port)
}

function makeOlderTables(directory: string): void {
  const path = join(directory, 'farthing.sqlite')
  const old = new DatabaseSync(`${path}.old`)
  old.exec(TABLES)
  old.exec(`ATTACH '${path}' AS newer`)
  for (const [table, columns] of Object.entries(COLUMNS))
    old.exec(`INSERT INTO main.${table} (${columns}) SELECT ${columns} FROM newer.${table}`)
  const rewrite = (table: string, column: string, change: (text: string) => string): void => {
    const update = old.prepare(`UPDATE main.${table} SET ${column} = ? WHERE request_id = ?`)
    for (const row of old.prepare(`SELECT request_id, ${column} FROM main.${table}`).all())
      update.run(change(String(row[column])), String(row['request_id']))
  }
  rewrite('requests', 'record', olderRecord)
  rewrite('holds', 'hold', olderHold)
  old.close()
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })
  renameSync(`${path}.old`, path)
}

const name = (suffix: string): string => `{farthing}:${suffix}`

async function makeOlderKeys(port: number): Promise<void> {
  const redis = new Redis({ port, host: '127.0.0.1' })
  for (const id of await redis.zrange(name('requests'), '0', '-1')) {
    const text = await redis.get(name(`request:${id}`))
    if (text !== null) await redis.set(name(`request:${id}`), olderRecord(text))
  }
  const holds = await redis.hgetall(name('holds'))
  for (const [field, text] of Object.entries(holds)) {
    if (field.endsWith(':charges')) await redis.hdel(name('holds'), field)
    else if (!field.includes(':')) await redis.hset(name('holds'), field, olderHold(text))
  }
  const rates = await redis.keys(name('rates:*'))
  const added = ['accounts', 'account-ends', 'live', 'policies', 'schema'].map(name)
  await redis.del(...added, ...rates)
  redis.disconnect()
}

function olderRecord(text: string): string {
  return formatRecord({ ...parseRecord(text), accounts: undefined })
}

function olderHold(text: string): string {
  return formatHold({ ...parseHold(text), accounts: undefined })
}
