// Kept content, samples and claims in Redis: one hash of sealed values for each of the two, and beside it when each entry
// expires and how much it is together.

import type { ClaimStore, ContentStore, SampleStore } from '../store.ts'
import type { KeptNames, Names } from './names.ts'
import type { RedisClient } from './redis-client.ts'
import { DROP_KEPT_NAMED, DROP_KEPT_UNTIL, KEEP } from './scripts.ts'

/** Entries that one script deletes: it keeps the server to itself. */
const PORTION = 200

export function contentVerbs(
  client: RedisClient,
  names: Names,
): ContentStore & ClaimStore & { readonly samples: SampleStore } {
  return {
    ...keptVerbs(client, names.kept),
    samples: keptVerbs(client, names.samples),
    async claim(name, { nowMs, untilMs }) {
      const lastsMs = Math.max(1, untilMs - nowMs)
      return (await client.ask((to) => to.set(names.claim(name), '1', 'PX', lastsMs, 'NX'))) === 'OK'
    },
  }
}

function keptVerbs(client: RedisClient, { values, expiry, bytes }: KeptNames): SampleStore {
  const keys = [values, expiry, bytes]
  return {
    async keep({ name, value, expiresAtMs }, { nowMs, maxBytes }) {
      if (value.byteLength > maxBytes || expiresAtMs <= nowMs) return
      const sealed = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      await client.run(KEEP, keys, [name, sealed, expiresAtMs, expiresAtMs - nowMs, maxBytes])
    },
    async kept(wanted, nowMs) {
      if (wanted.length === 0) return []
      const [found, expiries] = await Promise.all([
        client.ask((to) => to.hmgetBuffer(values, ...wanted)),
        client.ask((to) => to.zmscore(expiry, ...wanted)),
      ])
      return wanted.map((_, index) => (Number(expiries[index] ?? 0) > nowMs ? (found[index] ?? null) : null))
    },
    async dropKept(untilMs) {
      const until = Number.isFinite(untilMs) ? untilMs : '+inf'
      for (let dropped = PORTION; dropped === PORTION; )
        dropped = Number(await client.run(DROP_KEPT_UNTIL, keys, [until, PORTION]))
    },
    async dropNamed(beginning) {
      let dropped = 0
      const all = await client.ask((to) => to.zrange(expiry, '0', '-1'))
      const named = all.filter((name) => name.startsWith(beginning))
      for (let start = 0; start < named.length; start += PORTION)
        dropped += Number(await client.run(DROP_KEPT_NAMED, keys, named.slice(start, start + PORTION)))
      return dropped
    },
    async keptSize() {
      const [count, total] = await Promise.all([
        client.ask((to) => to.zcard(expiry)),
        client.ask((to) => to.get(bytes)),
      ])
      return { count, bytes: Number(total ?? 0) }
    },
  }
}
