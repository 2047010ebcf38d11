// Events that wait to be told, as files of the data directory: they outlive the process, and when it is gone another one
// of the same directory takes them over.

import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A file's name is `ID.TARGET.OWNER.json`: none of the parts has a dot in it. */
export interface Waiting {
  readonly file: string
  readonly id: string
  readonly target: string
  readonly body: string
}

export interface Outbox {
  put(event: { readonly id: string; readonly body: string }, target: string): Promise<Waiting>
  remove(waiting: Waiting): Promise<void>
  /** Leaves it to whoever looks next. */
  release(waiting: Waiting): Promise<void>
  /** Says that its owner lives, and takes over what nobody owns any more. */
  adopt(): Promise<readonly Waiting[]>
}

/** Longer than any pause between two signs of life. */
const ABANDONED_AFTER_MS = 120_000

export function createOutbox(directory: string, clock: { now(): number }): Outbox {
  const owner = randomBytes(6).toString('hex')
  const path = (file: string): string => join(directory, file)
  const mark = (file: string, atMs: number): Promise<void> => utimes(path(file), atMs / 1000, atMs / 1000)
  const read = async (file: string): Promise<Waiting> => {
    const [id = '', target = ''] = file.split('.')
    return { file, id, target, body: await readFile(path(file), 'utf8') }
  }
  const takeOver = async (file: string): Promise<Waiting | null> => {
    const [id = '', target = '', holder] = file.split('.')
    if (holder === owner) {
      await mark(file, clock.now())
      return null
    }
    const { mtimeMs } = await stat(path(file))
    if (clock.now() - mtimeMs < ABANDONED_AFTER_MS) return null
    const own = `${id}.${target}.${owner}.json`
    // Two may try: for one of them it is not there any more.
    await rename(path(file), path(own))
    await mark(own, clock.now())
    return read(own)
  }
  return {
    async put({ id, body }, target) {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const file = `${id}.${target}.${owner}.json`
      await writeFile(path(`${file}.new`), body, { mode: 0o600 })
      await mark(`${file}.new`, clock.now())
      await rename(path(`${file}.new`), path(file))
      return { file, id, target, body }
    },
    async remove({ file }) {
      await rm(path(file), { force: true })
    },
    async release({ file }) {
      await mark(file, 0).catch(() => undefined)
    },
    async adopt() {
      const files = await readdir(directory).catch(() => [])
      const adopted: Waiting[] = []
      for (const file of files.filter((name) => name.endsWith('.json'))) {
        const waiting = await takeOver(file).catch(() => null)
        if (waiting !== null) adopted.push(waiting)
      }
      return adopted
    },
  }
}
