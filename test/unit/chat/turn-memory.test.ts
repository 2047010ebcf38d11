// The memory of turns on a real store: what comes back, to whom, and for how long.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createContentSeal } from '../../../src/access/content-seal.ts'
import {
  type AnsweredTurn,
  createTurnMemory,
  type TurnMemory,
  type TurnMemoryOptions,
} from '../../../src/chat/turn-memory.ts'
import { createEmbeddedStore } from '../../../src/ledger/embedded/embedded-store.ts'
import { type Store, StoreUnavailableError } from '../../../src/ledger/store.ts'
import { parseChatRequest } from '../../../src/openai/parse-chat-request.ts'

const ID = 'call_00_a1B2c3D4e5F6g7H8i9J0'
const mine = createContentSeal('fth_mine')
const USER = { role: 'user', content: 'Oslo?' }
const request = (...messages: object[]) =>
  parseChatRequest(Buffer.from(JSON.stringify({ model: 'auto', messages })), {})
const turn = (fields: Partial<AnsweredTurn> = {}): AnsweredTurn => ({
  request: request(USER),
  seal: mine,
  provider: 'deepseek',
  model: 'deepseek-flash',
  parts: [
    { kind: 'reasoning', value: 'I thought 思考' },
    { kind: 'call', id: ID, name: 'f' },
  ],
  ...fields,
})
const back = request(
  USER,
  { role: 'assistant', content: null, tool_calls: [{ id: ID, function: { name: 'f', arguments: '{}' } }] },
  { role: 'tool', tool_call_id: ID, content: '12' },
)

let folder: string
let store: Store
let nowMs: number
let errors: unknown[]
const memories: TurnMemory[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farthing-memory-'))
  store = createEmbeddedStore({ directory: folder })
  nowMs = Date.UTC(2026, 10, 24)
  errors = []
})
afterEach(async () => {
  for (const memory of memories.splice(0)) memory.close()
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

function createMemory(changes: Partial<TurnMemoryOptions> = {}): TurnMemory {
  const memory = createTurnMemory({
    store,
    clock: { now: () => nowMs },
    isOn: true,
    ttlMs: 60_000,
    maxEntryBytes: 100_000,
    maxBytes: 1_000_000,
    onError: (error) => void errors.push(error),
    ...changes,
  })
  memories.push(memory)
  return memory
}

const failing = (error: Error) => ({
  keep: async () => fail(error),
  kept: async () => fail(error),
  dropKept: async () => fail(error),
})
const fail = (error: Error): never => {
  throw error
}

describe('a turn that called tools', () => {
  it('comes back at once, and from another process of the same store', async () => {
    const memory = createMemory()
    memory.keep(turn())
    const { request: _, seal: __, ...kept } = turn()
    const recalled = new Map([[1, { ...kept, bytes: Buffer.byteLength(JSON.stringify(kept)) }]])
    expect(await memory.recall(back, mine)).toEqual(recalled)
    const other = createEmbeddedStore({ directory: folder })
    expect(await createMemory({ store: other }).recall(back, mine)).toEqual(recalled)
    await other.close()
  })

  it('is nobody else’s', async () => {
    const memory = createMemory()
    memory.keep(turn())
    expect(await memory.recall(back, createContentSeal('fth_theirs'))).toEqual(new Map())
  })

  it('is gone when its time is over', async () => {
    const memory = createMemory()
    memory.keep(turn())
    await expect.poll(async () => (await store.keptSize()).count).toBe(1)
    nowMs += 60_000
    expect(await memory.recall(back, mine)).toEqual(new Map())
    createMemory()
    await expect.poll(async () => (await store.keptSize()).count).toBe(0)
  })

  it('stands in the store sealed', async () => {
    const memory = createMemory()
    memory.keep(turn())
    const [value] = await store.kept([mine.name(`ids ${JSON.stringify([ID])}`)], nowMs)
    expect(value?.byteLength).toBeGreaterThan(100)
    expect(Buffer.from(value ?? []).includes('thought')).toBe(false)
  })
})

describe('nothing is kept', () => {
  it.each([
    ['of a turn without calls', { parts: [{ kind: 'reasoning' as const, value: 'x' }] }],
    ['of a turn without reasoning', { parts: [{ kind: 'call' as const, id: ID, name: 'f' }] }],
    [
      'of reasoning of two megabytes',
      {
        parts: [
          { kind: 'reasoning' as const, value: 'x'.repeat(2_000_000) },
          { kind: 'call' as const, id: ID, name: 'f' },
        ],
      },
    ],
  ])('%s', async (_name, fields) => {
    const memory = createMemory()
    memory.keep(turn(fields))
    expect(await memory.recall(back, mine)).toEqual(new Map())
    expect(await store.keptSize()).toEqual({ count: 0, bytes: 0 })
  })

  it('where it is switched off, and what was there is deleted', async () => {
    createMemory().keep(turn())
    await expect.poll(async () => (await store.keptSize()).count).toBe(1)
    const off = createMemory({ isOn: false })
    await expect.poll(async () => (await store.keptSize()).count).toBe(0)
    off.keep(turn())
    expect(off.recall(back, mine)).toBeNull()
    expect(await store.keptSize()).toEqual({ count: 0, bytes: 0 })
  })
})

describe('requests', () => {
  it('without results of tools ask the store nothing', () => {
    const nobody = {
      keep: () => Promise.reject(new Error('asked')),
      kept: () => Promise.reject(new Error('asked')),
      dropKept: () => Promise.resolve(),
    }
    const memory = createMemory({ store: nobody })
    expect(memory.recall(request(USER), mine)).toBeNull()
    expect(memory.recall(request(USER, { role: 'assistant', content: 'x' }, USER), mine)).toBeNull()
  })

  it('go on without when the store is away or broken, and only the latter is told', async () => {
    const away = createMemory({ store: failing(new StoreUnavailableError('away')) })
    away.keep(turn())
    expect((await away.recall(back, mine))?.size).toBe(0)
    expect(errors).toEqual([])
    const broken = createMemory({ store: failing(new Error('broken')) })
    expect((await broken.recall(back, mine))?.size).toBe(0)
    expect(errors.length).toBeGreaterThan(0)
  })

  it('with thousands of turns get those that are there', async () => {
    const ids = Array.from(
      { length: 1_200 },
      (_, n) => `call_00_a1B2c3D4e5F6g7H8i9${String(n).padStart(4, '0')}`,
    )
    const memory = createMemory()
    for (const id of ids.slice(-60))
      memory.keep(
        turn({
          parts: [
            { kind: 'reasoning', value: id },
            { kind: 'call', id, name: 'f' },
          ],
        }),
      )
    const long = request(
      USER,
      ...ids.flatMap((id) => [
        { role: 'assistant', content: null, tool_calls: [{ id, function: { name: 'f', arguments: '{}' } }] },
        { role: 'tool', tool_call_id: id, content: '1' },
      ]),
    )
    const recalled = await memory.recall(long, mine)
    expect(recalled?.size).toBe(60)
    expect(recalled?.get(2 * 1_199 + 1)?.parts[0]).toEqual({ kind: 'reasoning', value: ids.at(-1) })
  })
})
