// Settlements on disk: kept in order, given back whole, and nothing lost to a torn line, a full disk or another process.

import {
  appendFile,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { checkedLine } from '../../../src/ledger/checked-lines.ts'
import { openSpool, type Spool } from '../../../src/ledger/spool.ts'
import { readSpoolFile } from '../../../src/ledger/spool-file.ts'
import { StoreUnavailableError } from '../../../src/ledger/store.ts'

let directory: string
let setAside: [string, number][]
let opened: Spool[]
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'farthing-spool-'))
  setAside = []
  opened = []
})
afterEach(async () => {
  for (const spool of opened) await spool.close()
  await rm(directory, { recursive: true, force: true })
})

async function open(maxBytes = 1_000_000): Promise<Spool> {
  const spool = await openSpool({
    directory,
    maxBytes,
    clock: systemClock,
    onSetAside: (file, lines) => setAside.push([file, lines]),
  })
  opened.push(spool)
  return spool
}

async function replayed(spool: Spool): Promise<readonly string[]> {
  const documents: string[] = []
  const given = await spool.replay(async (some) => {
    documents.push(...some)
    return []
  })
  expect(given).toBe(documents.length)
  return documents
}

async function spoolFiles(): Promise<readonly string[]> {
  const names = await readdir(directory)
  return names.filter((name) => name.endsWith('.jsonl')).map((name) => join(directory, name))
}

const DOCUMENTS = Array.from({ length: 250 }, (_, index) =>
  JSON.stringify({ index, text: 'Zoë 💸 \u2028 \r\n' }),
)

function isSeventh(document: string): boolean {
  return document.includes('"index":7,')
}

describe('a spool', () => {
  it('gives back what it was given, in order, and keeps nothing of it', async () => {
    const spool = await open()
    await Promise.all(DOCUMENTS.map((document) => spool.append(document)))
    expect(spool.pending).toBe(250)
    expect(await replayed(spool)).toEqual(DOCUMENTS)
    expect(spool.pending).toBe(0)
    expect(await readdir(directory)).toEqual([])
    expect(await replayed(spool)).toEqual([])
  })

  it('is readable by nobody else', async () => {
    const spool = await open()
    await spool.append('{}')
    const [file = ''] = await spoolFiles()
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('gives back, after a restart, what earlier processes wrote, oldest first', async () => {
    const first = await open()
    await first.append('"a"')
    await first.append('"b"')
    // Killed: it never closes its file.
    const second = await open()
    await new Promise((resolve) => setTimeout(resolve, 2))
    await second.append('"c"')
    const third = await open()
    expect(third.pending).toBe(3)
    expect(await replayed(third)).toEqual(['"a"', '"b"', '"c"'])
  })

  it('keeps the files of which something could not be booked, and gives all of them again', async () => {
    const spool = await open()
    for (const document of DOCUMENTS) await spool.append(document)
    let portions = 0
    const replay = spool.replay(async () => {
      portions++
      if (portions === 2) throw new StoreUnavailableError('gone again')
      return []
    })
    await expect(replay).rejects.toThrow('gone again')
    expect(spool.pending).toBe(250)
    await spool.append('"later"')
    expect(await replayed(spool)).toEqual([...DOCUMENTS, '"later"'])
  })

  it('gives what is written during a replay the next time', async () => {
    const spool = await open()
    await spool.append('1')
    await spool.replay(async () => {
      await spool.append('2')
      return []
    })
    expect(spool.pending).toBe(1)
    expect(await replayed(spool)).toEqual(['2'])
  })

  it('that is full takes no more, all files together, and takes again when they are booked', async () => {
    const document = JSON.stringify('x'.repeat(400))
    const before = await open(1_000)
    await before.append(document)
    const spool = await open(1_000)
    await spool.append(document)
    await spool.append(document)
    const refusal = spool.append(document)
    await expect(refusal).rejects.toThrow(StoreUnavailableError)
    await expect(refusal).rejects.toThrow(/spool_max_bytes/)
    expect(spool.pending).toBe(3)
    expect(await replayed(spool)).toHaveLength(3)
    await spool.append(document)
  })

  it('that cannot be written says so, and writes again as soon as it can', async () => {
    const spool = await open()
    await rm(directory, { recursive: true })
    await expect(spool.append('1')).rejects.toThrow(StoreUnavailableError)
    expect(spool.pending).toBe(0)
    await open()
    await spool.append('2')
    expect(await replayed(spool)).toEqual(['2'])
  })

  it('sets damaged lines aside and gives the others', async () => {
    const good = ['"a"', '"b"', '"c"'].map(checkedLine)
    const cut = checkedLine('{"cost":1000000}').toString().slice(0, 15)
    const changed = checkedLine('{"cost":1}').toString().replace('1}', '9}')
    await writeFile(
      join(directory, 'spool-000000000000001-0123abcd.jsonl'),
      [good[0], changed, good[1], '\n', 'noise\n', good[2], cut].join(''),
    )
    const spool = await open()
    expect(spool.pending).toBe(3)
    expect(await replayed(spool)).toEqual(['"a"', '"b"', '"c"'])
    const [[file, lines] = ['', 0]] = setAside
    expect(lines).toBe(3)
    expect(await readFile(file, 'utf8')).toBe(`${changed}noise\n${cut}\n`)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readdir(directory)).toHaveLength(1)
    expect(await replayed(spool)).toEqual([])
  })

  it('gives every line that damage left alone, and sets the bytes of the others aside, whatever it was', async () => {
    const path = join(directory, 'any')
    const whole = Buffer.concat(DOCUMENTS.slice(0, 20).map(checkedLine))
    const place = fc.nat(whole.length - 1)
    const flip = fc.tuple(place, fc.nat(7)).map(([at, bit]) => {
      const bytes = Buffer.from(whole)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
      return { bytes, least: 18, at }
    })
    const cut = place.map((at) => ({ bytes: whole.subarray(0, at), least: 0, at }))
    await fc.assert(
      fc.asyncProperty(fc.oneof(flip, cut), async ({ bytes, least, at }) => {
        await writeFile(path, bytes)
        const documents: string[] = []
        const damaged: Buffer[] = []
        for await (const lines of readSpoolFile(path)) {
          documents.push(...lines.documents)
          damaged.push(...lines.damaged)
        }
        const before = whole.subarray(0, at).toString().split('\n').length - 1
        expect(documents.slice(0, before)).toEqual(DOCUMENTS.slice(0, before))
        expect(documents.length).toBeGreaterThanOrEqual(Math.max(before, least))
        expect(DOCUMENTS).toEqual(expect.arrayContaining(documents))
        const good = documents.map(checkedLine)
        const kept = [...good, ...damaged.map((line) => Buffer.concat([line, Buffer.from('\n')]))]
        // A line that was cut off has no line feed; a flipped bit may make of one line two.
        const room = Buffer.concat(kept).length - bytes.length
        expect(room).toBeGreaterThanOrEqual(0)
        expect(room).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('sets aside what can never be booked, once, though the file is given again', async () => {
    const spool = await open()
    for (const document of DOCUMENTS) await spool.append(document)
    let portions = 0
    await expect(
      spool.replay(async (some) => {
        portions++
        if (portions === 3) throw new StoreUnavailableError('gone')
        return some.filter(isSeventh)
      }),
    ).rejects.toThrow('gone')
    expect(await spool.replay(async (some) => some.filter(isSeventh))).toBe(250)
    const [[file, lines] = ['', 0]] = setAside
    expect(setAside).toHaveLength(1)
    expect(lines).toBe(1)
    expect(await readFile(file, 'utf8')).toBe(`${DOCUMENTS[7]}\n`)
  })

  it('does not keep a huge line without an end in memory', async () => {
    const path = join(directory, 'spool-000000000000001-0123abcd.jsonl')
    await writeFile(path, '')
    await truncate(path, 64 * 1024 * 1024)
    await appendFile(path, `\n${checkedLine('"after"').toString()}`)
    const spool = await open()
    expect(await replayed(spool)).toEqual(['"after"'])
    expect(setAside[0]?.[1]).toBeLessThan(10)
  })
})

describe('a folder that processes share', () => {
  it('loses nothing when one books the file that another is writing', async () => {
    const writer = await open()
    await writer.append('"before"')
    const booker = await open()
    expect(await replayed(booker)).toEqual(['"before"'])
    await writer.append('"after"')
    expect(await replayed(writer)).toEqual(['"after"'])
    expect(await readdir(directory)).toEqual([])
  })

  it('loses nothing while many write and book at once', async () => {
    const booked: string[] = []
    const book = async (some: readonly string[]): Promise<readonly string[]> => {
      booked.push(...some)
      return []
    }
    const written: string[] = []
    const writers = await Promise.all([open(), open(), open()])
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        writers.flatMap((writer, index) => {
          const documents = [0, 1, 2].map((number) => JSON.stringify(`${index}.${round}.${number}`))
          written.push(...documents)
          return documents.map((document) => writer.append(document))
        }),
      )
      const booker = await open()
      await Promise.all([
        booker.replay(book),
        ...(round % 5 === 0 ? writers.map((writer) => writer.replay(book)) : []),
      ])
    }
    for (const writer of writers) await writer.replay(book)
    // Twice is allowed: settling counts once.
    expect([...new Set(booked)].toSorted()).toEqual(written.toSorted())
    expect(await spoolFiles()).toEqual([])
    expect(setAside).toEqual([])
  })

  it('leaves files that were just written to to their writers, and takes them when they are quiet', async () => {
    const booker = await open()
    const writer = await open()
    await writer.append('1')
    expect(await replayed(booker)).toEqual([])
    const [file = ''] = await spoolFiles()
    const before = new Date(Date.now() - 60_000)
    await utimes(file, before, before)
    expect(await replayed(booker)).toEqual(['1'])
  })
})
