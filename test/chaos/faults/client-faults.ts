// Clients that leave at every phase of their requests.

import type { ChaosFault } from '../fault.ts'
import { STORE_KINDS } from '../store-site.ts'

export const CLIENTS_LEAVE: ChaosFault = {
  name: 'clients-leave',
  stores: STORE_KINDS,
  times: 0,
  mix: { leaving: 0.6 },
  inject: () => Promise.resolve(0),
}
