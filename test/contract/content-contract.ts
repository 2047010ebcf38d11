// Content that is kept for a later request: sealed bytes, found by name, for as long and as much as is allowed.

import { describe, expect, it } from 'vitest'
import { nth, type StoreWorld } from './store-world.ts'

const NOW = Date.UTC(2026, 10, 24)
const bounds = { nowMs: NOW, maxBytes: 1_000_000 }
const entry = (name: string, value: string | Uint8Array = name, expiresAtMs = NOW + 60_000) => ({
  name,
  value: Buffer.from(value),
  expiresAtMs,
})

export function describeContent(world: () => StoreWorld): void {
  const found = async (names: readonly string[], nowMs = NOW): Promise<readonly (string | null)[]> =>
    (await world().store.kept(names, nowMs)).map((value) =>
      value === null ? null : Buffer.from(value).toString('latin1'),
    )

  describe('kept content', () => {
    it('is found byte by byte, at once, in the order asked for, from every handle', async () => {
      const { store, open } = world()
      const every = Uint8Array.from({ length: 256 }, (_, byte) => byte)
      void store.keep(entry('b', every), bounds)
      await store.keep(entry('a'), bounds)
      const text = Buffer.from(every).toString('latin1')
      expect(await found(['a', 'missing', 'b', 'a'])).toEqual(['a', null, text, 'a'])
      expect(await found([])).toEqual([])
      expect((await open().kept(['b'], NOW)).map((value) => Buffer.from(value ?? []))).toEqual([
        Buffer.from(every),
      ])
    })

    it('is replaced by name', async () => {
      const { store } = world()
      await store.keep(entry('a', 'long before'), bounds)
      await store.keep(entry('a', 'after'), bounds)
      expect(await found(['a'])).toEqual(['after'])
      expect(await store.keptSize()).toEqual({ count: 1, bytes: 5 })
    })

    it('is gone at its moment, and deleted when told', async () => {
      const { store } = world()
      await store.keep(entry('short', 'x', NOW + 1_000), bounds)
      await store.keep(entry('long', 'yz', NOW + 2_000), bounds)
      await store.keep(entry('late', 'never', NOW), bounds)
      expect(await found(['short', 'long', 'late'], NOW + 999)).toEqual(['x', 'yz', null])
      expect(await found(['short', 'long'], NOW + 1_000)).toEqual([null, 'yz'])
      expect(await store.keptSize()).toEqual({ count: 2, bytes: 3 })
      await store.dropKept(NOW + 1_000)
      expect(await store.keptSize()).toEqual({ count: 1, bytes: 2 })
      await store.dropKept(Number.POSITIVE_INFINITY)
      expect(await store.keptSize()).toEqual({ count: 0, bytes: 0 })
      expect(await found(['long'])).toEqual([null])
    })

    it('is never more than its bound: what expires first makes room', async () => {
      const { store } = world()
      const small = { nowMs: NOW, maxBytes: 100 }
      for (let index = 0; index < 10; index++)
        await store.keep(entry(`n${index}`, 'x'.repeat(30), NOW + 1_000 + index), small)
      expect(await store.keptSize()).toEqual({ count: 3, bytes: 90 })
      expect(await found(['n0', 'n6', 'n7', 'n8', 'n9'])).toEqual([
        null,
        null,
        ...Array.from({ length: 3 }, () => 'x'.repeat(30)),
      ])
      await store.keep(entry('huge', 'x'.repeat(101)), small)
      expect(await found(['huge', 'n9'])).toEqual([null, 'x'.repeat(30)])
      await store.keep(entry('all', 'x'.repeat(100)), small)
      expect(await store.keptSize()).toEqual({ count: 1, bytes: 100 })
    })

    it('is counted right when many handles write at once', async () => {
      const { store, open } = world()
      const stores = [store, open(), open()]
      const writes = Array.from({ length: 300 }, (_, index) =>
        nth(stores, index).keep(entry(`n${index % 50}`, 'x'.repeat(1 + (index % 7))), bounds),
      )
      await Promise.all(writes)
      const names = Array.from({ length: 50 }, (_, index) => `n${index}`)
      const values = await found(names)
      const bytes = values.reduce((sum, value) => sum + (value?.length ?? 0), 0)
      expect(await store.keptSize()).toEqual({ count: 50, bytes })
      for (let round = 0; round < 5; round++) await store.dropKept(Number.POSITIVE_INFINITY)
      expect(await nth(stores, 1).keptSize()).toEqual({ count: 0, bytes: 0 })
    })

    it('more than one script deletes goes too', async () => {
      const { store } = world()
      await Promise.all(Array.from({ length: 450 }, (_, index) => store.keep(entry(`n${index}`), bounds)))
      await store.dropKept(NOW + 60_000)
      expect(await store.keptSize()).toEqual({ count: 0, bytes: 0 })
    })
  })

  describe('samples', () => {
    it('stand apart from what conversations need', async () => {
      const { store, open } = world()
      await store.keep(entry('a', 'of a conversation'), bounds)
      await store.samples.keep(entry('a', 'sampled'), bounds)
      expect(await found(['a'])).toEqual(['of a conversation'])
      const [sampled] = await open().samples.kept(['a'], NOW)
      expect(Buffer.from(sampled ?? []).toString()).toBe('sampled')
      await store.dropKept(Number.POSITIVE_INFINITY)
      expect(await store.samples.keptSize()).toEqual({ count: 1, bytes: 7 })
      await store.samples.dropKept(NOW + 60_000)
      expect(await store.samples.keptSize()).toEqual({ count: 0, bytes: 0 })
    })

    it('are deleted by the beginning of their names, whatever is in it', async () => {
      const { store } = world()
      const names = [
        'a/1',
        'a/2',
        'ab/1',
        '%/1',
        '*/1',
        ...Array.from({ length: 450 }, (_, index) => `many/${index}`),
      ]
      await Promise.all(names.map((name) => store.samples.keep(entry(name), bounds)))
      expect(await store.samples.dropNamed('a/')).toBe(2)
      expect(await store.samples.dropNamed('a/')).toBe(0)
      expect(await store.samples.dropNamed('%/')).toBe(1)
      expect(await store.samples.dropNamed('many/')).toBe(450)
      const left = await store.samples.kept(['a/1', 'ab/1', '*/1'], NOW)
      expect(left.map((value) => value !== null)).toEqual([false, true, true])
      expect(await store.samples.keptSize()).toEqual({ count: 2, bytes: 7 })
    })
  })

  describe('a claim', () => {
    it('is given to one of many who ask at once, and again when it ended', async () => {
      const { store, open } = world()
      const stores = [store, open(), open()]
      const span = { nowMs: Date.now(), untilMs: Date.now() + 60_000 }
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) => nth(stores, index).claim('alert_1', span)),
      )
      expect(answers.filter(Boolean)).toHaveLength(1)
      expect(await store.claim('alert_2', span)).toBe(true)
      expect(await nth(stores, 1).claim('alert_2', span)).toBe(false)
      expect(await store.claim('alert_3', { nowMs: Date.now(), untilMs: Date.now() + 20 })).toBe(true)
      await expect
        .poll(() => store.claim('alert_3', { nowMs: Date.now(), untilMs: Date.now() + 60_000 }))
        .toBe(true)
    })
  })
}
