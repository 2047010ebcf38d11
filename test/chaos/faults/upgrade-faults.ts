// All gateways end, some of them in the middle of requests, and start again on the same store as the first version of its
// schema left it.

import type { ChaosFault, Scene } from '../fault.ts'
import { makeOlder } from '../older-store.ts'
import { STORE_KINDS } from '../store-site.ts'

export const UPGRADED: ChaosFault = {
  name: 'upgraded-from-the-first-schema',
  stores: STORE_KINDS,
  times: 1,
  async inject({ stage: { gateways, site } }: Scene) {
    await Promise.all(gateways.map((gateway, index) => gateway.end(index === 0 ? 'SIGKILL' : 'SIGTERM')))
    await makeOlder(site)
    await Promise.all(gateways.map((gateway) => gateway.start()))
    return 1
  },
}
