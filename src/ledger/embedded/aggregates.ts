// Aggregates of the embedded store: made of the sums of hours that are over, and dropped when they are too old.

import type { DatabaseSync } from 'node:sqlite'
import { keptAfterDropping } from '../read-spend.ts'
import { type AggregateShelf, rollUpOldest } from '../rollup.ts'
import type { UpkeepStore } from '../store.ts'
import { readBytes, readKeptOf, readSums, viewSums } from './read-spend.ts'
import { readSnapshot } from './slow-read.ts'
import { callStore } from './store-error.ts'
import type { WriteQueue } from './write-queue.ts'

/** A transaction of more would keep others waiting. */
const DROPPED_AT_ONCE = 500

export interface AggregateParts {
  readonly path: string
  readonly database: DatabaseSync
  readonly queue: WriteQueue
}

export function upkeepVerbs({ path, database, queue }: AggregateParts): UpkeepStore {
  const statements = prepareUpkeep(database)
  const shelf = createShelf({ path, queue, statements })
  return {
    rollUp: (beforeMs) => rollUpOldest(shelf, beforeMs),
    keptFrom: () => readKeptOf(path),
    async dropAggregates(drop) {
      const { hoursFromMs, daysFromMs } = keptAfterDropping(await readKeptOf(path), drop)
      const until = { hour: finiteOrNull(hoursFromMs), day: finiteOrNull(daysFromMs) }
      await queue.push(() => statements.raiseKept.run(until.hour, until.day), 'now')
      for (const grain of ['hour', 'day'] as const) {
        const dropSome = (): number =>
          Number(statements.dropBlocks.run(grain, until[grain], DROPPED_AT_ONCE).changes)
        while ((await queue.push(dropSome, 'now')) === DROPPED_AT_ONCE);
      }
    },
    dropRequests: (beforeMs, limit) =>
      queue.push(() => Number(statements.dropRequests.run(beforeMs, limit).changes), 'now'),
  }
}

function prepareUpkeep(database: DatabaseSync) {
  const sql = (text: string) => database.prepare(text)
  return {
    oldestHour: sql('SELECT min(hour) AS hour FROM sums'),
    closedHour: sql('SELECT min(hour) AS hour FROM closed_sums'),
    close: sql('INSERT INTO closed_sums SELECT * FROM sums WHERE hour = ?'),
    dropOpen: sql('DELETE FROM sums WHERE hour = ?'),
    dropClosed: sql('DELETE FROM closed_sums'),
    version: sql('SELECT version FROM aggregates'),
    raiseVersion: sql('UPDATE aggregates SET version = version + 1'),
    block: sql('SELECT block FROM blocks WHERE cube = ? AND grain = ? AND start = ?'),
    putBlock: sql('INSERT OR REPLACE INTO blocks (cube, grain, start, block) VALUES (?, ?, ?, ?)'),
    addName: sql('INSERT INTO cells SELECT ?1, coalesce(max(id) + 1, 0), ?2 FROM cells WHERE cube = ?1'),
    // Nothing that was dropped comes back.
    raiseKept: sql(
      `UPDATE aggregates SET version = version + 1,
       hours_from = nullif(max(coalesce(hours_from, ?1, -1), coalesce(?1, -1)), -1),
       days_from = nullif(max(coalesce(days_from, ?2, -1), coalesce(?2, -1)), -1)`,
    ),
    dropBlocks: sql(
      'DELETE FROM blocks WHERE rowid IN (SELECT rowid FROM blocks WHERE grain = ? AND start < ? LIMIT ?)',
    ),
    dropRequests: sql(
      `DELETE FROM requests WHERE rowid IN
       (SELECT rowid FROM requests WHERE started_at < ? ORDER BY started_at LIMIT ?)`,
    ),
  }
}

type UpkeepStatements = ReturnType<typeof prepareUpkeep>

interface ShelfParts extends Pick<AggregateParts, 'path' | 'queue'> {
  readonly statements: UpkeepStatements
}

function createShelf({ path, queue, statements }: ShelfParts): AggregateShelf {
  const readVersion = (): string => String(statements.version.get()?.['version'])
  return {
    async closeHour(beforeMs) {
      const closed = await queue.push(() => closeOldest(statements, beforeMs), 'now')
      if (closed === null) return null
      return readSnapshot(path, async (read) => {
        const sums: ReturnType<typeof readSums>[] = []
        let version = ''
        await read({
          sql: 'SELECT version FROM aggregates',
          onRow: (row) => {
            version = String(row['version'])
          },
        })
        await read({ sql: 'SELECT * FROM closed_sums', onRow: (row) => sums.push(readSums(row)) })
        return { version, hourMs: sums[0]?.hourMs ?? closed, sums }
      })
    },
    async block({ cube, grain, startMs }) {
      const row = callStore(() => statements.block.get(cube, grain, startMs))
      return row === undefined ? null : readBytes(row, 'block')
    },
    names: (cube) => readSnapshot(path, (read) => viewSums(read).names(cube)),
    async commit(version, { blocks, newNames }) {
      await queue.push(() => {
        if (readVersion() !== version) return
        for (const { cube, grain, startMs, block } of blocks)
          statements.putBlock.run(cube, grain, startMs, block)
        for (const { cube, names } of newNames) for (const name of names) statements.addName.run(cube, name)
        statements.dropClosed.run()
        statements.raiseVersion.run()
      }, 'now')
    },
  }
}

/** Null where there is none; one at a time. */
function closeOldest(statements: UpkeepStatements, beforeMs: number): number | null {
  const closed = statements.closedHour.get()?.['hour']
  if (closed != null) return Number(closed)
  const oldest = statements.oldestHour.get()?.['hour']
  if (oldest == null || Number(oldest) >= beforeMs) return null
  statements.close.run(oldest)
  statements.dropOpen.run(oldest)
  statements.raiseVersion.run()
  return Number(oldest)
}

function finiteOrNull(timeMs: number): number | null {
  return Number.isFinite(timeMs) ? timeMs : null
}
