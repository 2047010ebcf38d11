// The lines of a spool: a checksum, a space, JSON. Appended and synced in batches, read back with what is torn set aside.

import { type FileHandle, open, readFile, rename } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

export interface SpoolFile {
  /** Resolves once the line is on the disk. */
  append(json: string): Promise<void>
  readonly bytes: number
  close(): Promise<void>
}

export async function openSpoolFile(path: string): Promise<SpoolFile> {
  const file = await open(path, 'a', 0o600)
  let { size: bytes } = await file.stat()
  let waiting: { line: string; resolve: () => void; reject: (error: unknown) => void }[] = []
  let writing: Promise<void> | null = null

  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      await writeBatch(file, batch)
    }
  }
  return {
    get bytes() {
      return bytes
    },
    append: (json) =>
      new Promise((resolve, reject) => {
        const line = `${checksum(json)} ${json}\n`
        bytes += Buffer.byteLength(line)
        waiting.push({ line, resolve, reject })
        writing ??= writeAll().finally(() => {
          writing = null
        })
      }),
    async close() {
      await writing
      await file.close()
    },
  }
}

interface Line {
  readonly line: string
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

async function writeBatch(file: FileHandle, batch: readonly Line[]): Promise<void> {
  try {
    await file.appendFile(batch.map(({ line }) => line).join(''))
    await file.datasync()
    for (const { resolve } of batch) resolve()
  } catch (error) {
    for (const { reject } of batch) reject(error)
  }
}

export interface SpoolContent {
  readonly documents: readonly string[]
  /** Lines whose checksum does not fit: a write that a crash cut off, or damage. */
  readonly damaged: readonly string[]
}

export async function readSpoolFile(path: string): Promise<SpoolContent> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')
  const documents: string[] = []
  const damaged: string[] = []
  for (const line of lines) {
    const json = line.slice(9)
    if (line[8] === ' ' && line.slice(0, 8) === checksum(json)) documents.push(json)
    else damaged.push(line)
  }
  return { documents, damaged }
}

/** Keeps a file with damaged lines for a person to look at. */
export async function setAside(path: string): Promise<void> {
  await rename(path, `${path}.damaged`)
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(8, '0')
}
