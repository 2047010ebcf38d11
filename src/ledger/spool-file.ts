// The lines of a spool, each checked. Appended and synced in batches, read back in portions.

import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readCheckedLine } from './checked-lines.ts'

export interface SpoolFile {
  readonly path: string
  /** Resolves once the line is on the disk; false when the file had been taken away by then, and the line may be lost. */
  append(line: Buffer): Promise<boolean>
  close(): Promise<void>
}

interface Waiting {
  readonly line: Buffer
  readonly resolve: (isKept: boolean) => void
  readonly reject: (error: unknown) => void
}

const LINE_FEED = Buffer.from('\n')

export async function openSpoolFile(path: string): Promise<SpoolFile> {
  const file = await open(path, 'ax', 0o600)
  const { ino } = await file.stat()
  await syncFolder(dirname(path))
  let waiting: Waiting[] = []
  let writing: Promise<void> | null = null
  // A write that failed may have left half a line: the next one begins on its own.
  let isTorn = false

  const writeBatch = async (batch: readonly Waiting[]): Promise<void> => {
    const lines = batch.map(({ line }) => line)
    try {
      await file.appendFile(Buffer.concat(isTorn ? [LINE_FEED, ...lines] : lines))
      await file.datasync()
      isTorn = false
      const isKept = await isAt(path, ino)
      for (const { resolve } of batch) resolve(isKept)
    } catch (error) {
      isTorn = true
      for (const { reject } of batch) reject(error)
    }
  }
  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) await writeBatch(waiting.splice(0))
    writing = null
  }
  return {
    path,
    append: (line) =>
      new Promise((resolve, reject) => {
        waiting.push({ line, resolve, reject })
        writing ??= writeAll()
      }),
    async close() {
      await writing
      await file.close()
    },
  }
}

/** A file that is on the disk while its name is not would be lost with the power. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Another process may have taken the file to book it. */
async function isAt(path: string, ino: number): Promise<boolean> {
  try {
    return (await stat(path)).ino === ino
  } catch {
    return false
  }
}

export interface SpoolLines {
  readonly documents: readonly string[]
  /** Lines whose checksum does not fit, as they are: a write that a crash cut off, or damage. */
  readonly damaged: readonly Buffer[]
}

/** Documents in one portion: a transaction of the embedded store. */
const PORTION = 100
/** No line of ours is longer; what is, is damage, and not kept in memory whole. */
const LONGEST_LINE = 16 * 1024 * 1024
const LINE_END = 0x0a

export async function* readSpoolFile(path: string): AsyncGenerator<SpoolLines> {
  let documents: string[] = []
  let damaged: Buffer[] = []
  for await (const line of readLines(path)) {
    const document = readCheckedLine(line.toString())
    if (document === null) damaged.push(line)
    else documents.push(document)
    if (documents.length + damaged.length < PORTION) continue
    yield { documents, damaged }
    documents = []
    damaged = []
  }
  yield { documents, damaged }
}

/** Split at line feeds alone: JSON may hold every other character that ends a line. */
async function* readLines(path: string): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let length = 0
  const take = (last: Buffer): Buffer => {
    const line = Buffer.concat([...parts, last])
    parts = []
    length = 0
    return line
  }
  for await (const read of createReadStream(path)) {
    const chunk: Buffer = read
    let start = 0
    for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, start)) {
      const line = take(chunk.subarray(start, end))
      if (line.length > 0) yield line
      start = end + 1
    }
    parts.push(chunk.subarray(start))
    length += chunk.length - start
    if (length > LONGEST_LINE) yield take(Buffer.alloc(0))
  }
  const rest = take(Buffer.alloc(0))
  if (rest.length > 0) yield rest
}
