// Kept content and claims in Redis: one hash of sealed values, and beside it when each expires and how much it is together.

import type { ClaimStore, ContentStore } from '../store.ts'
import type { Names } from './names.ts'
import type { RedisClient } from './redis-client.ts'
import { DROP_KEPT_UNTIL, KEEP } from './scripts.ts'

/** Entries that one script deletes: it keeps the server to itself. */
const PORTION = 200

export function contentVerbs(client: RedisClient, names: Names): ContentStore & ClaimStore {
  const keys = [names.kept, names.keptExpiry, names.keptBytes]
  return {
    async keep({ name, value, expiresAtMs }, { nowMs, maxBytes }) {
      if (value.byteLength > maxBytes || expiresAtMs <= nowMs) return
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      await client.run(KEEP, keys, [name, bytes, expiresAtMs, expiresAtMs - nowMs, maxBytes])
    },
    async kept(wanted, nowMs) {
      if (wanted.length === 0) return []
      const [values, expiries] = await Promise.all([
        client.ask((to) => to.hmgetBuffer(names.kept, ...wanted)),
        client.ask((to) => to.zmscore(names.keptExpiry, ...wanted)),
      ])
      return wanted.map((_, index) => (Number(expiries[index] ?? 0) > nowMs ? (values[index] ?? null) : null))
    },
    async dropKept(untilMs) {
      const until = Number.isFinite(untilMs) ? untilMs : '+inf'
      for (let dropped = PORTION; dropped === PORTION; )
        dropped = Number(await client.run(DROP_KEPT_UNTIL, keys, [until, PORTION]))
    },
    async claim(name, { nowMs, untilMs }) {
      const lastsMs = Math.max(1, untilMs - nowMs)
      return (await client.ask((to) => to.set(names.claim(name), '1', 'PX', lastsMs, 'NX'))) === 'OK'
    },
    async keptSize() {
      const [count, bytes] = await Promise.all([
        client.ask((to) => to.zcard(names.keptExpiry)),
        client.ask((to) => to.get(names.keptBytes)),
      ])
      return { count, bytes: Number(bytes ?? 0) }
    },
  }
}
