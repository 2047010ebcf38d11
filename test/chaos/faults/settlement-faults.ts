// Settlements that are made again: straight to the store, while the gateways work, and out of a spool that turns up late.

import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { openSpool } from '../../../src/ledger/spool.ts'
import { formatSpoolDocument } from '../../../src/ledger/spool-documents.ts'
import type { ChaosFault, Scene } from '../fault.ts'
import { STORE_KINDS } from '../store-site.ts'

const AGAIN = 100

export const SETTLED_AGAIN: ChaosFault = {
  name: 'settled-again',
  stores: STORE_KINDS,
  times: 3,
  async inject({ stage: { site, gateways } }: Scene) {
    const store = await site.open()
    const { records } = await store.requests({ limit: AGAIN })
    const settlements = await Promise.all(records.map((record) => store.settle(record)))
    if (settlements.some((settlement) => settlement !== 'repeated'))
      throw new Error(`a settlement that was there already was ${settlements.join(', ')}`)
    await store.close()
    const directory = site.dataDir(gateways[0].name)
    const spool = await openSpool({
      directory,
      clock: { now: () => 0 },
      maxBytes: Number.MAX_SAFE_INTEGER,
      onSetAside: () => undefined,
    })
    for (const record of records) await spool.append(formatSpoolDocument({ kind: 'end', record }))
    await spool.close()
    // As if it had been lying there: what was just written is left to its writer.
    for (const name of await readdir(directory)) {
      if (name.startsWith('spool-0000')) await utimes(join(directory, name), 0, 0)
    }
    return 2 * records.length
  },
}
