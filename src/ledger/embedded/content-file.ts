// Kept content, samples and claims of the embedded store: a file of its own beside the ledger, which may be deleted while no
// gateway runs, and whose writes keep nobody waiting. What a crash takes from it is only missed.

import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { ClaimStore, ContentStore, KeptBounds, KeptEntry, SampleStore } from '../store.ts'
import { createWriteQueue, type WriteQueue } from './write-queue.ts'

export interface ContentFile extends ContentStore, ClaimStore {
  readonly samples: SampleStore
  close(): void
}

/** The total is kept by triggers: whichever process writes, it is right. */
const createTables = (kept: string, total: string): string => `
  CREATE TABLE IF NOT EXISTS ${kept} (name TEXT PRIMARY KEY, expires_at INTEGER NOT NULL, value BLOB NOT NULL);
  CREATE INDEX IF NOT EXISTS ${kept}_by_expiry ON ${kept} (expires_at);
  CREATE TABLE IF NOT EXISTS ${total} (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL, bytes INTEGER NOT NULL);
  INSERT OR IGNORE INTO ${total} VALUES (1, 0, 0);
  CREATE TRIGGER IF NOT EXISTS ${kept}_added AFTER INSERT ON ${kept} BEGIN
    UPDATE ${total} SET count = count + 1, bytes = bytes + length(new.value);
  END;
  CREATE TRIGGER IF NOT EXISTS ${kept}_dropped AFTER DELETE ON ${kept} BEGIN
    UPDATE ${total} SET count = count - 1, bytes = bytes - length(old.value);
  END;
`
const CLAIMS =
  'CREATE TABLE IF NOT EXISTS claims (name TEXT PRIMARY KEY, ends_at INTEGER NOT NULL) WITHOUT ROWID'
/** Whoever waits longer for another process does without. */
const BUSY_MS = 250

export function openContentFile(directory: string): ContentFile {
  const database = openDatabase(join(directory, 'kept.sqlite'))
  const queue = createWriteQueue(database, { beforeCommit: nothing, afterRollback: nothing })
  const kept = keptVerbs(database, queue, { kept: 'kept', total: 'total' })
  const dropClaims = database.prepare('DELETE FROM claims WHERE ends_at <= ?')
  const claim = database.prepare('INSERT OR IGNORE INTO claims VALUES (?, ?)')
  return {
    ...kept,
    samples: keptVerbs(database, queue, { kept: 'samples', total: 'samples_total' }),
    claim: (name, { nowMs, untilMs }) =>
      queue.push(() => {
        dropClaims.run(nowMs)
        return Number(claim.run(name, untilMs).changes) === 1
      }, 'now'),
    close() {
      if (!database.isOpen) return
      queue.close()
      database.close()
    },
  }
}

function keptVerbs(
  database: DatabaseSync,
  queue: WriteQueue,
  { kept, total }: { readonly kept: string; readonly total: string },
): SampleStore {
  database.exec(createTables(kept, total))
  const sql = (text: string): StatementSync => database.prepare(text)
  const statements = {
    add: sql(`INSERT INTO ${kept} (name, expires_at, value) VALUES (?, ?, ?)`),
    drop: sql(`DELETE FROM ${kept} WHERE name = ?`),
    dropUntil: sql(`DELETE FROM ${kept} WHERE expires_at <= ?`),
    dropFirst: sql(`DELETE FROM ${kept} WHERE name = (SELECT name FROM ${kept} ORDER BY expires_at LIMIT 1)`),
    dropNamed: sql(`DELETE FROM ${kept} WHERE substr(name, 1, length(?1)) = ?1`),
    find: sql(`SELECT value FROM ${kept} WHERE name = ? AND expires_at > ?`),
    total: sql(`SELECT count, bytes FROM ${total}`),
  }
  const readTotal = (): { count: number; bytes: number } => {
    const row = statements.total.get()
    return { count: Number(row?.['count'] ?? 0), bytes: Number(row?.['bytes'] ?? 0) }
  }
  const put = ({ name, value, expiresAtMs }: KeptEntry, { maxBytes }: KeptBounds): void => {
    statements.drop.run(name)
    statements.add.run(name, expiresAtMs, value)
    while (readTotal().bytes > maxBytes) statements.dropFirst.run()
  }
  return {
    async keep(entry, bounds) {
      if (entry.value.byteLength > bounds.maxBytes || entry.expiresAtMs <= bounds.nowMs) return
      await queue.push(() => put(entry, bounds), 'soon')
    },
    kept: async (names, nowMs) =>
      queue.read(() =>
        names.map((name) => {
          const value = statements.find.get(name, nowMs)?.['value']
          return value instanceof Uint8Array ? value : null
        }),
      ),
    async dropKept(untilMs) {
      const until = Math.min(untilMs, Number.MAX_SAFE_INTEGER)
      await queue.push(() => statements.dropUntil.run(until), 'soon')
    },
    dropNamed: (beginning) => queue.push(() => Number(statements.dropNamed.run(beginning).changes), 'now'),
    keptSize: async () => queue.read(readTotal),
  }
}

function nothing(): void {
  // Nothing belongs to its transactions besides the writes.
}

function openDatabase(path: string): DatabaseSync {
  closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path, { timeout: BUSY_MS })
  // What is deleted is overwritten, and nobody waits for the disk.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA secure_delete = ON')
  database.exec(CLAIMS)
  return database
}
