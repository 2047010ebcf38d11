// The embedded store's tables.

import type { DatabaseSync } from 'node:sqlite'
import { StoreSchemaError } from '../store.ts'

/** Raised with every change of the tables; a database of a newer gateway is refused. */
const SCHEMA_VERSION = 3

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
`

/** What each version added to the one before. */
const ADDED: Readonly<Record<number, string>> = {
  1: TABLES,
  2: `
    ALTER TABLE holds ADD COLUMN charges TEXT;
    CREATE TABLE accounts (
      id TEXT PRIMARY KEY, ends_at INTEGER, spent INTEGER NOT NULL, held INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX accounts_by_end ON accounts (ends_at);
    CREATE TABLE rates (
      name TEXT PRIMARY KEY, requests INTEGER NOT NULL, tokens INTEGER NOT NULL, live INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE rate_entries (
      name TEXT NOT NULL, at INTEGER NOT NULL, entry TEXT NOT NULL, tokens INTEGER NOT NULL, PRIMARY KEY (name, entry)
    ) WITHOUT ROWID;
    CREATE INDEX rate_entries_by_moment ON rate_entries (name, at);
    CREATE TABLE policies (name TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE policy_version (version INTEGER NOT NULL);
    INSERT INTO policy_version VALUES (0);
  `,
  // Sums of hours become aggregates: blocks of cells, by cube and grain. Closed are those on their way.
  3: `
    CREATE TABLE closed_sums (
      hour INTEGER NOT NULL, dimensions TEXT NOT NULL,
      requests INTEGER NOT NULL, attempts INTEGER NOT NULL, input_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL,
      output_tokens INTEGER NOT NULL, reasoning_tokens INTEGER NOT NULL, cost INTEGER NOT NULL, baseline INTEGER NOT NULL,
      estimated INTEGER NOT NULL, PRIMARY KEY (hour, dimensions)
    ) WITHOUT ROWID;
    CREATE TABLE blocks (
      cube TEXT NOT NULL, grain TEXT NOT NULL, start INTEGER NOT NULL, block BLOB NOT NULL, PRIMARY KEY (cube, grain, start)
    );
    CREATE TABLE cells (
      cube TEXT NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (cube, id)
    ) WITHOUT ROWID;
    CREATE TABLE aggregates (version INTEGER NOT NULL, hours_from INTEGER, days_from INTEGER);
    INSERT INTO aggregates VALUES (0, NULL, NULL);
    CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL);
    CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
    CREATE TRIGGER audit_keeps BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
  `,
}

/** Creates the tables where there are none, and adds what an older version had not. Throws when the database is from a newer version. */
export function prepareSchema(database: DatabaseSync): void {
  if (readVersion(database) === SCHEMA_VERSION) return
  database.exec('BEGIN IMMEDIATE')
  try {
    // Another process may have been quicker.
    const version = readVersion(database)
    if (version > SCHEMA_VERSION) throw new StoreSchemaError(version, SCHEMA_VERSION)
    for (let next = version + 1; next <= SCHEMA_VERSION; next++)
      database.exec(`${ADDED[next]} PRAGMA user_version = ${next};`)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

function readVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)
}
