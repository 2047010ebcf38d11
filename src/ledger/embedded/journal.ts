// What a request does before it is in the tables, on this machine's disk at the cost of one write per turn of the event
// loop, which is one checked line: holds, what is sent, ends. A process that dies leaves its journal, and the next one books from it (journal-recovery.ts).

import { closeSync, fdatasync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { scratchLine } from '../checked-lines.ts'
import { StoreUnavailableError } from '../store.ts'

/** `h` a hold, `d` a dispatch that replaces the last, `x` holds given back unsent, `s` the end of a request. */
export type EntryKind = 'h' | 'd' | 'x' | 's'

export interface Journal {
  /** In which file an entry of now is written, from 1. */
  readonly generation: number
  /** Bytes in it. */
  readonly bytes: number
  /**
   * Resolves once the entry is written: a process that is killed has left it. Rejects with StoreUnavailableError.
   * `isAlone`: no other is to be expected in this turn of the event loop, and it waits for none.
   */
  append(kind: EntryKind, text: string, isAlone?: boolean): Promise<void>
  /** Writes what waits for the end of this turn. */
  flush(): void
  /** From now on into a new file. */
  rotate(): void
  /** Forgets every file up to `generation`. */
  drop(generation: number): void
  close(): void
}

export interface JournalOptions {
  readonly directory: string
  readonly id: string
}

/** Between the entries of one line; JSON has it inside strings as \u001e only, and ids and decisions never. */
export const ENTRY_END = '\u001e'

/** A power cut may take the last moments, a crash of the process nothing. */
const SYNC_EVERY_MS = 1_000

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export function createJournal({ directory, id }: JournalOptions): Journal {
  const pathOf = (generation: number): string => journalPath(directory, id, generation)
  let generation = 1
  let dropped = 0
  let file = openSync(pathOf(generation), 'a', 0o600)
  let bytes = 0
  let entries = ''
  let waiting: Waiting[] = []
  let immediate: NodeJS.Immediate | undefined
  let isSynced = true
  let isClosed = false

  const flush = (): void => {
    clearImmediate(immediate)
    immediate = undefined
    if (waiting.length === 0) return
    const text = scratchLine(entries)
    const told = waiting
    entries = ''
    waiting = []
    try {
      writeAll(file, text)
      bytes += text.length
      isSynced = false
      for (const { resolve } of told) resolve()
    } catch (error) {
      // Half a line would spoil the next one.
      cutBack(file, bytes)
      const message = `the journal in ${directory} cannot be written: ${error instanceof Error ? error.message : String(error)}`
      for (const { reject } of told) reject(new StoreUnavailableError(message, { cause: error }))
    }
  }
  const timer = setInterval(() => {
    if (isSynced) return
    isSynced = true
    // Closed meanwhile, or a disk that fails: the next write says so.
    fdatasync(file, () => undefined)
  }, SYNC_EVERY_MS)
  timer.unref()

  return {
    get generation() {
      return generation
    },
    get bytes() {
      return bytes
    },
    append: (kind, text, isAlone = false) =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(new StoreUnavailableError('the embedded store is closed'))
        entries += `${entries === '' ? '' : ENTRY_END}${kind} ${text}`
        waiting.push({ resolve, reject })
        if (isAlone) flush()
        else immediate ??= setImmediate(flush)
      }),
    flush,
    rotate() {
      flush()
      const next = openSync(pathOf(generation + 1), 'a', 0o600)
      closeSync(file)
      file = next
      generation++
      bytes = 0
    },
    drop(last) {
      for (; dropped < last; dropped++) rmSync(pathOf(dropped + 1), { force: true })
    },
    close() {
      flush()
      isClosed = true
      clearInterval(timer)
      closeSync(file)
    },
  }
}

function journalPath(directory: string, id: string, generation: number): string {
  return join(directory, `journal-${id}.${generation}.log`)
}

function writeAll(file: number, text: Buffer): void {
  for (let written = 0; written < text.length; ) written += writeSync(file, text, written)
}

function cutBack(file: number, bytes: number): void {
  try {
    ftruncateSync(file, bytes)
  } catch {
    // The checksum tells the next reader.
  }
}
