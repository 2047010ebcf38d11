// Settlements on this machine's disk while the store is away: kept in files, and given back in the order they came.
// Processes may share the folder. Each writes a file of its own; whoever books takes every file that is there, by
// renaming it, and the writer who finds its file gone writes the line again. Settling is idempotent: twice counts once.

import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import { checkedLine } from './checked-lines.ts'
import { openSpoolFile, readSpoolFile, type SpoolFile } from './spool-file.ts'
import { StoreUnavailableError } from './store.ts'

export interface Spool {
  /** Resolves once the document is on the disk; StoreUnavailableError where it cannot be. */
  append(document: string): Promise<void>
  /** Documents that this process has written or found and that are not booked yet. */
  readonly pending: number
  /**
   * Gives every document to `book`, which resolves with those that can never be booked. Where `book` rejects, the files
   * stay, and all in them is given again the next time. Resolves with how many were given.
   */
  replay(book: Book): Promise<number>
  close(): Promise<void>
}

export type Book = (documents: readonly string[]) => Promise<readonly string[]>

export interface SpoolOptions {
  readonly directory: string
  readonly clock: Clock
  /** Of all files in the folder together. */
  readonly maxBytes: number
  /** Told of lines that were not booked, and the file beside the spool where they stand for a person to look at. */
  readonly onSetAside: (file: string, lines: number) => void
}

const NAME = /^spool-\d+-[0-9a-f]{8}\.jsonl$/
const LINE_FEED = Buffer.from('\n')
/** A file of another process that was written to since is left to it. */
const QUIET_MS = 10_000

export async function openSpool({ directory, clock, maxBytes, onSetAside }: SpoolOptions): Promise<Spool> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  /** Closed files that are this process's to book, oldest first. */
  const taken: TakenFile[] = await takeFiles(directory, () => true)
  // Set before it is open, so that a replay never takes the file that is being written.
  let current: CurrentFile | null = null

  const openFile = (): CurrentFile => {
    const path = join(directory, newName(clock))
    const opened: CurrentFile = { path, file: openSpoolFile(path), bytes: 0, documents: 0 }
    // The next line tries anew; those that wait for this one are told.
    opened.file.catch(() => leave(opened))
    return opened
  }
  const leave = (left: CurrentFile): void => {
    if (current !== left) return
    current = null
    left.file.then((file) => file.close()).catch(() => undefined)
  }
  /** False where another process has taken the file meanwhile. */
  const write = async (line: Buffer): Promise<boolean> => {
    current ??= openFile()
    const into = current
    into.bytes += line.length
    into.documents++
    try {
      const isKept = await (await into.file).append(line)
      if (!isKept) leave(into)
      return isKept
    } catch (error) {
      into.bytes -= line.length
      into.documents--
      throw new StoreUnavailableError(`the spool in ${directory} cannot be written`, { cause: error })
    }
  }
  const closeCurrent = async (): Promise<void> => {
    const closing = current
    current = null
    if (closing === null) return
    // At once: its bytes go on to count.
    taken.push(closing)
    const file = await closing.file.catch(() => null)
    // Never opened: there is nothing in it.
    if (file === null) taken.splice(taken.indexOf(closing), 1)
    else await file.close()
  }

  return {
    get pending() {
      return taken.reduce((sum, { documents }) => sum + documents, current?.documents ?? 0)
    },
    async append(document) {
      const used = taken.reduce((sum, { bytes }) => sum + bytes, current?.bytes ?? 0)
      if (used >= maxBytes) {
        throw new StoreUnavailableError(
          `the store is away and the spool in ${directory} is full (store.spool_max_bytes)`,
        )
      }
      const line = checkedLine(document)
      for (;;) if (await write(line)) return
    },
    async replay(book) {
      await closeCurrent()
      const isOurs = (path: string): boolean =>
        path === current?.path || taken.some((file) => file.path === path)
      taken.push(
        ...(await takeFiles(
          directory,
          (path, changedAtMs) => !isOurs(path) && changedAtMs <= clock.now() - QUIET_MS,
        )),
      )
      let given = 0
      for (let first = taken[0]; first !== undefined; first = taken[0]) {
        given += await replayFile(first.path, book, onSetAside)
        taken.shift()
      }
      return given
    },
    close: closeCurrent,
  }
}

interface TakenFile {
  readonly path: string
  readonly bytes: number
  readonly documents: number
}

interface CurrentFile {
  readonly path: string
  readonly file: Promise<SpoolFile>
  bytes: number
  documents: number
}

/** In the order of their names, which is that of their beginnings. */
function newName(clock: Clock): string {
  return `spool-${String(clock.now()).padStart(15, '0')}-${randomBytes(4).toString('hex')}.jsonl`
}

async function takeFiles(
  directory: string,
  isWanted: (path: string, changedAtMs: number) => boolean,
): Promise<TakenFile[]> {
  const files: TakenFile[] = []
  for (const name of (await readdir(directory)).toSorted()) {
    if (!NAME.test(name)) continue
    const file = await takeFile(join(directory, name), isWanted)
    if (file !== null) files.push(file)
  }
  return files
}

/** Null where it is not wanted, or where another process was quicker. */
async function takeFile(
  path: string,
  isWanted: (path: string, changedAtMs: number) => boolean,
): Promise<TakenFile | null> {
  try {
    if (!isWanted(path, (await stat(path)).mtimeMs)) return null
    // The beginning of the name stays: it tells the order.
    const taken = path.replace(/[0-9a-f]{8}(?=\.jsonl$)/, randomBytes(4).toString('hex'))
    await rename(path, taken)
    let documents = 0
    for await (const lines of readSpoolFile(taken)) documents += lines.documents.length
    return { path: taken, bytes: (await stat(taken)).size, documents }
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

async function replayFile(path: string, book: Book, onSetAside: SpoolOptions['onSetAside']): Promise<number> {
  const asideTo = `${path}.damaged`
  let given = 0
  let aside = 0
  try {
    for await (const { documents, damaged } of readSpoolFile(path)) {
      const refused = await book(documents)
      given += documents.length
      const lines = [...damaged, ...refused.map((text) => Buffer.from(text))]
      if (lines.length === 0) continue
      // Those of an earlier pass over the same file stand there already.
      await appendFile(asideTo, Buffer.concat(lines.flatMap((line) => [line, LINE_FEED])), {
        mode: 0o600,
        flag: aside === 0 ? 'w' : 'a',
      })
      aside += lines.length
    }
  } catch (error) {
    // Taken by another process since: it books what is left.
    if (!isMissing(error)) throw error
  }
  await rm(path, { force: true })
  if (aside > 0) onSetAside(asideTo, aside)
  return given
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
