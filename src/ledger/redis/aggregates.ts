// Aggregates of the Redis store: made of the sums of hours that are over, and dropped when they are too old.

import { CUBE_NAMES, type Cube, GRAINS, type Grain } from '../cubes.ts'
import { keptAfterDropping } from '../read-spend.ts'
import { type AggregateShelf, type ClosedHour, type Rollup, rollUpOldest } from '../rollup.ts'
import type { UpkeepStore } from '../store.ts'
import { CLOSE_HOUR, COMMIT_ROLLUP, DROP_REQUESTS, RAISE_KEPT } from './aggregate-scripts.ts'
import type { Names } from './names.ts'
import { readClosed, readKeptOf, readNames, readVersion } from './read-spend.ts'
import type { RedisClient } from './redis-client.ts'

/** Asked to delete at once. */
const DROPPED_AT_ONCE = 500

export function upkeepVerbs(client: RedisClient, names: Names): UpkeepStore {
  const shelf = createShelf(client, names)
  return {
    rollUp: (beforeMs) => rollUpOldest(shelf, beforeMs),
    keptFrom: () => readKeptOf(client, names),
    async dropAggregates(drop) {
      const { hoursFromMs, daysFromMs } = keptAfterDropping(await readKeptOf(client, names), drop)
      await client.run(RAISE_KEPT, [names.aggregates], [hoursFromMs, daysFromMs].map(textOrNothing))
      await dropBlocks(client, names, { grain: 'hour', untilMs: hoursFromMs })
      await dropBlocks(client, names, { grain: 'day', untilMs: daysFromMs })
    },
    async dropRequests(beforeMs, limit) {
      const ids = await client.ask((to) =>
        to.zrangebyscore(names.requestsByStart, '-inf', `(${beforeMs}`, 'LIMIT', 0, limit),
      )
      for (let index = 0; index < ids.length; index += DROPPED_AT_ONCE) {
        const some = ids.slice(index, index + DROPPED_AT_ONCE)
        const keys = [names.requestsByStart, ...some.map((id) => names.request(id))]
        await client.run(DROP_REQUESTS, keys, some)
      }
      return ids.length
    },
  }
}

function createShelf(client: RedisClient, names: Names): AggregateShelf {
  return {
    closeHour: (beforeMs) => closeHour(client, names, beforeMs),
    block: ({ cube, grain, startMs }) =>
      client.ask((to) => to.hgetBuffer(names.blocks(cube, grain), String(startMs))),
    names: (cube) => readNames(client, names, cube),
    async commit(version, rollup) {
      const { keys, args } = buildCommit(names, rollup)
      await client.run(COMMIT_ROLLUP, [names.aggregates, names.closedSums, ...keys], [version, ...args])
    },
  }
}

async function closeHour(client: RedisClient, names: Names, beforeMs: number): Promise<ClosedHour | null> {
  const { aggregates, closedSums, hours } = names
  const [oldest] = await client.ask((to) => to.zrangebyscore(hours, '-inf', `(${beforeMs}`, 'LIMIT', 0, 1))
  if (oldest !== undefined)
    await client.run(CLOSE_HOUR, [aggregates, closedSums, hours, names.sums(Number(oldest))], [oldest])
  const version = await readVersion(client, names)
  const closed = await readClosed(client, names)
  return closed === null ? null : { version, ...closed }
}

function buildCommit(
  names: Names,
  { blocks, newNames }: Rollup,
): { readonly keys: readonly string[]; readonly args: readonly (string | number | Buffer)[] } {
  const blockKeys = CUBE_NAMES.flatMap((cube) => GRAINS.map((grain) => names.blocks(cube, grain)))
  const keys = [...blockKeys, ...CUBE_NAMES.map((cube) => names.cells(cube))]
  const placeOf = (key: string): number => keys.indexOf(key) + 1
  return {
    keys,
    args: [
      blocks.length,
      ...blocks.flatMap(({ cube, grain, startMs, block }) => [
        placeOf(names.blocks(cube, grain)),
        startMs,
        block,
      ]),
      ...newNames.flatMap(({ cube, names: cells }) =>
        cells.flatMap((cell) => [placeOf(names.cells(cube)), cell]),
      ),
    ],
  }
}

interface OldBlocks {
  readonly grain: Grain
  readonly untilMs: number
}

async function dropBlocks(client: RedisClient, names: Names, { grain, untilMs }: OldBlocks): Promise<void> {
  const drop = async (cube: Cube): Promise<void> => {
    const key = names.blocks(cube, grain)
    const old = (await client.ask((to) => to.hkeys(key))).filter((start) => Number(start) < untilMs)
    for (let index = 0; index < old.length; index += DROPPED_AT_ONCE)
      await client.ask((to) => to.hdel(key, ...old.slice(index, index + DROPPED_AT_ONCE)))
  }
  for (const cube of CUBE_NAMES) await drop(cube)
}

function textOrNothing(timeMs: number): string {
  return Number.isFinite(timeMs) ? String(timeMs) : ''
}
