// The embedded store keeps the contract.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { createEmbeddedStore } from '../../src/ledger/embedded/embedded-store.ts'
import { describeStore } from './store-contract.ts'

describe('embedded store', () => {
  describeStore(async () => {
    const folders: string[] = []
    return {
      async place() {
        const folder = await mkdtemp(join(tmpdir(), 'farthing-store-'))
        folders.push(folder)
        return {
          open: (onSpent) => createEmbeddedStore({ directory: folder, ...(onSpent && { onSpent }) }),
          // A process that ends closes its handles, and they are closed.
          restart: async () => undefined,
        }
      },
      async stop() {
        for (const folder of folders) await rm(folder, { recursive: true, force: true })
      },
    }
  })
})
