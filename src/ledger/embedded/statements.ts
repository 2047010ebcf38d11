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
      `INSERT INTO holds (request_id, lease_until, amount, hold, dispatch)
       SELECT ?1, ?2, ?3, ?4, NULL WHERE NOT EXISTS (SELECT 1 FROM requests WHERE request_id = ?1)
       ON CONFLICT (request_id) DO UPDATE SET
       lease_until = excluded.lease_until, amount = excluded.amount, hold = excluded.hold, dispatch = NULL
       WHERE charges IS NULL`,
    ),
    putChargedHold: sql(
      'INSERT INTO holds (request_id, lease_until, amount, hold, charges) VALUES (?, ?, ?, ?, ?)',
    ),
    chargesOf: sql('SELECT charges FROM holds WHERE request_id = ?'),
    replaceCharges: sql('UPDATE holds SET charges = ? WHERE request_id = ?'),
    ...accountStatements(exact),
    ...rateStatements(sql),
    policies: sql('SELECT name, document FROM policies'),
    policyVersion: sql('SELECT version FROM policy_version'),
    putPolicy: sql('INSERT OR REPLACE INTO policies (name, document) VALUES (?, ?)'),
    dropPolicy: sql('DELETE FROM policies WHERE name = ?'),
    raisePolicyVersion: sql('UPDATE policy_version SET version = version + 1'),
    dispatch: sql('UPDATE holds SET dispatch = ? WHERE request_id = ?'),
    renew: sql('UPDATE holds SET lease_until = ? WHERE request_id = ?'),
    release: exact('DELETE FROM holds WHERE request_id = ? RETURNING amount, charges'),
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
    appendAudit: sql('INSERT INTO audit (entry) VALUES (?)'),
    auditBefore: sql('SELECT id, entry FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?'),
    ping: sql('SELECT 1'),
  }
}

type Prepare = (text: string) => StatementSync

/** An account comes into being with the first that is added to it; a change may be negative. */
function accountStatements(exact: Prepare) {
  return {
    account: exact('SELECT spent, held FROM accounts WHERE id = ?'),
    holdInAccount: exact(
      `INSERT INTO accounts (id, ends_at, spent, held) VALUES (?, ?, 0, ?)
       ON CONFLICT (id) DO UPDATE SET held = held + excluded.held`,
    ),
    // Where a reset has forgotten an estimate, what is given back of it must not make room.
    spendFromAccount: exact(
      `INSERT INTO accounts (id, ends_at, spent, held) VALUES (?, ?, max(?3, 0), 0)
       ON CONFLICT (id) DO UPDATE SET spent = max(spent + ?3, 0) RETURNING spent`,
    ),
    resetAccount: exact('UPDATE accounts SET spent = 0 WHERE id = ?'),
    dropOldAccounts: exact('DELETE FROM accounts WHERE ends_at <= ?'),
  }
}

function rateStatements(sql: Prepare) {
  return {
    rate: sql('SELECT requests, tokens, live FROM rates WHERE name = ?'),
    enterRate: sql(
      `INSERT INTO rates (name, requests, tokens, live) VALUES (?, 1, ?, 1)
       ON CONFLICT (name) DO UPDATE SET requests = requests + 1, tokens = tokens + excluded.tokens, live = live + 1`,
    ),
    leaveRate: sql('UPDATE rates SET live = live - 1 WHERE name = ? AND live > 0'),
    changeRate: sql('UPDATE rates SET requests = requests + ?, tokens = tokens + ? WHERE name = ?'),
    addRateEntry: sql('INSERT INTO rate_entries (name, at, entry, tokens) VALUES (?, ?, ?, ?)'),
    rateEntry: sql('SELECT tokens FROM rate_entries WHERE name = ? AND entry = ?'),
    changeRateEntry: sql('UPDATE rate_entries SET tokens = tokens + ? WHERE name = ? AND entry = ?'),
    dropRateEntry: sql('DELETE FROM rate_entries WHERE name = ? AND entry = ?'),
    dropOldRateEntries: sql('DELETE FROM rate_entries WHERE name = ? AND at <= ? RETURNING tokens'),
    rateEntries: sql('SELECT at, tokens FROM rate_entries WHERE name = ? ORDER BY at'),
    lastRateEntry: sql('SELECT at FROM rate_entries WHERE name = ? ORDER BY at DESC LIMIT 1'),
  }
}

export function readBigInt(row: Row, column: string): bigint {
  const value = row[column]
  if (typeof value !== 'bigint') throw new TypeError(`${column} is not an integer`)
  return value
}

export function readText(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new TypeError(`${column} is not text`)
  return value
}
