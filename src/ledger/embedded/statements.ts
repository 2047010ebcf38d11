// Every SQL statement of the embedded store, prepared once.

import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'

export type Row = Record<string, SQLOutputValue>

export type Statements = ReturnType<typeof prepareStatements>

export function prepareStatements(database: DatabaseSync) {
  const sql = (text: string): StatementSync => database.prepare(text)
  /** Sums outgrow what a number holds exactly. */
  const exact = (text: string): StatementSync => {
    const statement = sql(text)
    statement.setReadBigInts(true)
    return statement
  }
  return {
    // Not of a request that was settled through another handle meanwhile.
    putHold: sql(
      `INSERT OR REPLACE INTO holds (request_id, lease_until, amount, hold, dispatch)
       SELECT ?1, ?2, ?3, ?4, NULL WHERE NOT EXISTS (SELECT 1 FROM requests WHERE request_id = ?1)`,
    ),
    dispatch: sql('UPDATE holds SET dispatch = ? WHERE request_id = ?'),
    renew: sql('UPDATE holds SET lease_until = ? WHERE request_id = ?'),
    release: sql('DELETE FROM holds WHERE request_id = ?'),
    expired: sql(
      'SELECT hold, dispatch, lease_until FROM holds WHERE lease_until <= ? ORDER BY lease_until LIMIT ?',
    ),
    held: exact('SELECT count(*) AS count, coalesce(sum(amount), 0) AS amount FROM holds'),
    addRequest: sql(
      'INSERT INTO requests (request_id, started_at, record) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    replaceRequest: sql('UPDATE requests SET started_at = ?, record = ? WHERE request_id = ?'),
    request: sql('SELECT record FROM requests WHERE request_id = ?'),
    requestsBefore: sql(
      'SELECT record FROM requests WHERE (started_at, request_id) < (?, ?) ORDER BY started_at DESC, request_id DESC LIMIT ?',
    ),
    addSums: sql(
      `INSERT INTO sums VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
       requests = requests + excluded.requests, attempts = attempts + excluded.attempts,
       input_tokens = input_tokens + excluded.input_tokens, cached_tokens = cached_tokens + excluded.cached_tokens,
       output_tokens = output_tokens + excluded.output_tokens, reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
       cost = cost + excluded.cost, baseline = baseline + excluded.baseline, estimated = estimated + excluded.estimated`,
    ),
    putRoutes: sql('INSERT INTO catalogs (version, routes) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    routes: sql('SELECT routes FROM catalogs WHERE version = ?'),
    heldBefore: sql('SELECT hold FROM holds WHERE request_id = ?'),
    putKey: sql(
      'INSERT INTO keys (id, hash, document) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, document = excluded.document',
    ),
    keyByHash: sql('SELECT id, hash, document FROM keys WHERE hash = ?'),
    key: sql('SELECT id, hash, document FROM keys WHERE id = ?'),
    keys: sql('SELECT id, hash, document FROM keys ORDER BY id'),
    ping: sql('SELECT 1'),
  }
}

export function readText(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new TypeError(`${column} is not text`)
  return value
}
