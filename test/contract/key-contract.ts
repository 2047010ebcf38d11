// The documents of virtual keys.

import { describe, expect, it } from 'vitest'
import type { StoreWorld } from './store-world.ts'

export function describeKeys(world: () => StoreWorld): void {
  describe('keys', () => {
    it('are found by id and by hash, from every handle', async () => {
      const { store, open } = world()
      const key = { id: 'key_1', hash: 'ab'.repeat(32), document: '{"name":"Zoë 🔑"}' }
      await store.putKey(key)
      const other = open()
      expect(await other.key('key_1')).toEqual(key)
      expect(await other.keyByHash(key.hash)).toEqual(key)
      expect(await other.key('key_2')).toBeNull()
      expect(await other.keyByHash('cd'.repeat(32))).toBeNull()
    })

    it('are replaced whole: the hash of before opens nothing', async () => {
      const { store } = world()
      await store.putKey({ id: 'key_1', hash: 'aa', document: '1' })
      await store.putKey({ id: 'key_1', hash: 'bb', document: '2' })
      expect(await store.keyByHash('aa')).toBeNull()
      expect(await store.keyByHash('bb')).toEqual({ id: 'key_1', hash: 'bb', document: '2' })
      expect(await store.keys()).toHaveLength(1)
    })

    it('are listed in order of their ids', async () => {
      const { store } = world()
      for (const id of ['key_c', 'key_a', 'key_b'])
        await store.putKey({ id, hash: `hash of ${id}`, document: id })
      expect((await store.keys()).map(({ id }) => id)).toEqual(['key_a', 'key_b', 'key_c'])
    })
  })
}
