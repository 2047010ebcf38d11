// Providers that fail in every way that the simulated ones know.

import { PROVIDER_IDS, type ProviderId } from '../../../src/core/route.ts'
import type { Fault } from '../../../src/simulator/faults.ts'
import type { ChaosFault } from '../fault.ts'
import { STORE_KINDS } from '../store-site.ts'

const FAULTS: readonly [Fault, ...Fault[]] = [
  { kind: 'rate_limited' },
  { kind: 'overloaded' },
  { kind: 'server_error' },
  { kind: 'out_of_money' },
  { kind: 'bad_request' },
  { kind: 'content_filter' },
  { kind: 'model_missing' },
  { kind: 'reset' },
  { kind: 'hang' },
  { kind: 'slow_first_byte', ms: 500 },
  { kind: 'die_after_chunks', chunks: 3 },
  { kind: 'die_after_chunks', chunks: 0 },
  { kind: 'stall_after_chunks', chunks: 2 },
  { kind: 'error_event_after_chunks', chunks: 4 },
  { kind: 'end_after_chunks', chunks: 3 },
  { kind: 'html_504' },
  { kind: 'empty_body' },
  { kind: 'no_usage' },
  { kind: 'malformed_json' },
  { kind: 'status', status: 500 },
]
const AT_ONCE = 12

export const PROVIDERS_FAIL: ChaosFault = {
  name: 'providers-fail',
  stores: STORE_KINDS,
  times: 4,
  async inject({ stage: { fleet }, random }) {
    const [first, ...others] = PROVIDER_IDS
    for (let faults = 0; faults < AT_ONCE; faults++) {
      const provider: ProviderId = random.pick([first, ...others])
      await fleet.tell({ kind: 'push', provider, faults: [random.pick(FAULTS)] })
    }
    return AT_ONCE
  },
}
