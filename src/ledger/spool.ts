// While the store is away, settlements wait on this machine's disk and are booked, in order, when it is back. Settling
// is idempotent, so a line that is replayed twice counts once.

import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { RequestRecord } from '../core/request-record.ts'
import { parseRecord } from './documents.ts'
import { openSpoolFile, readSpoolFile, type SpoolFile, setAside } from './spool-file.ts'
import { type Settlement, type Store, StoreUnavailableError } from './store.ts'

export interface SpooledStore extends Store {
  status(): SpoolStatus
}

export interface SpoolStatus {
  readonly isStoreUp: boolean
  /** Settlements on disk that wait for the store. */
  readonly pending: number
}

export interface SpoolOptions {
  readonly store: Store
  readonly directory: string
  readonly maxBytes: number
  /** How often the store is asked whether it is there. */
  readonly pingEveryMs: number
  readonly onEvent: (event: SpoolEvent) => void
}

export type SpoolEvent =
  | { readonly kind: 'store_lost' | 'store_back' }
  | { readonly kind: 'replayed'; readonly settlements: number }
  | { readonly kind: 'damaged'; readonly file: string; readonly lines: number }

const FILE = /^spool-(\d+)-[0-9a-f]{8}\.jsonl$/

export async function createSpooledStore(options: SpoolOptions): Promise<SpooledStore> {
  const { store, directory, maxBytes, pingEveryMs, onEvent } = options
  await mkdir(directory, { recursive: true, mode: 0o700 })
  let isStoreUp = true
  let pending = 0
  // Set before it is opened, so that a replay never takes the file that is being written.
  let file: { readonly path: string; readonly spool: Promise<SpoolFile> } | null = null
  let replaying: Promise<void> | null = null

  const setUp = (isUp: boolean): void => {
    if (isUp === isStoreUp) return
    isStoreUp = isUp
    onEvent({ kind: isUp ? 'store_back' : 'store_lost' })
  }
  const spool = async (record: RequestRecord): Promise<void> => {
    if (file === null) {
      const path = join(directory, `spool-${process.pid}-${randomBytes(4).toString('hex')}.jsonl`)
      file = { path, spool: openSpoolFile(path) }
    }
    const open = await file.spool
    if (open.bytes > maxBytes) {
      throw new StoreUnavailableError(
        `the store is away and the spool in ${directory} is full (store.spool_max_bytes)`,
      )
    }
    pending++
    await open.append(JSON.stringify(record))
  }
  const settle = async (record: RequestRecord): Promise<Settlement> => {
    try {
      const settlement = await store.settle(record)
      setUp(true)
      return settlement
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error
      setUp(false)
      await spool(record)
      return 'spooled'
    }
  }

  /** Books what the files hold; on the first failure the rest stays where it is. */
  const replay = async (): Promise<void> => {
    const own = file
    file = null
    await (await own?.spool)?.close()
    let replayed = 0
    for (const path of await takeFiles(directory, (found) => found === file?.path)) {
      const { documents, damaged } = await readSpoolFile(path)
      for (const document of documents) await store.settle(parseRecord(document))
      replayed += documents.length
      if (damaged.length > 0) {
        onEvent({ kind: 'damaged', file: path, lines: damaged.length })
        await setAside(path)
      } else await rm(path)
    }
    pending = Math.max(0, pending - replayed)
    if (replayed > 0) onEvent({ kind: 'replayed', settlements: replayed })
  }
  const check = async (): Promise<void> => {
    try {
      await store.ping()
      setUp(true)
      await replay()
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error
      setUp(false)
    }
  }
  const checkOnce = (): Promise<void> => {
    replaying ??= check().finally(() => {
      replaying = null
    })
    return replaying
  }
  pending = await countPending(directory)
  const timer = setInterval(() => void checkOnce().catch(() => undefined), pingEveryMs)
  timer.unref()
  await checkOnce()

  return {
    ...store,
    settle,
    status: () => ({ isStoreUp, pending }),
    async ping() {
      try {
        await store.ping()
        setUp(true)
      } catch (error) {
        setUp(false)
        throw error
      }
    },
    async close() {
      clearInterval(timer)
      await replaying?.catch(() => undefined)
      await (await file?.spool)?.close()
      await store.close()
    },
  }
}

/** The files of this process and of those that are no more, oldest first; not the one being written. */
async function takeFiles(directory: string, isOpen: (path: string) => boolean): Promise<readonly string[]> {
  const found: { path: string; changedAtMs: number }[] = []
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    const pid = Number(FILE.exec(name)?.[1] ?? Number.NaN)
    if (Number.isNaN(pid) || isOpen(path)) continue
    if (pid !== process.pid && isAlive(pid)) continue
    // Renamed, so that no other process that starts now takes it too.
    const taken =
      pid === process.pid
        ? path
        : join(directory, `spool-${process.pid}-${randomBytes(4).toString('hex')}.jsonl`)
    if (taken !== path) await rename(path, taken)
    found.push({ path: taken, changedAtMs: (await stat(taken)).mtimeMs })
  }
  return found.toSorted((a, b) => a.changedAtMs - b.changedAtMs).map(({ path }) => path)
}

async function countPending(directory: string): Promise<number> {
  let count = 0
  for (const name of await readdir(directory)) {
    if (FILE.test(name)) count += (await readSpoolFile(join(directory, name))).documents.length
  }
  return count
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
