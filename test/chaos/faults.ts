// The table of faults.

import type { ChaosFault } from './fault.ts'
import { CUT_AFTER, CUT_BEFORE, REDIS_SLOW } from './faults/connection-faults.ts'
import { KILL_GATEWAY, STOP_GATEWAY } from './faults/gateway-faults.ts'
import {
  FAILED_OVER,
  REDIS_FULL,
  REDIS_PAUSED,
  REDIS_RESTARTED,
  REDIS_STOPPED,
  SCRIPTS_FLUSHED,
} from './faults/redis-faults.ts'
import { STORE_KINDS } from './store-site.ts'

/** What all others are compared with. */
const NOTHING: ChaosFault = {
  name: 'nothing',
  stores: STORE_KINDS,
  times: 0,
  inject: () => Promise.resolve(0),
}

export const FAULTS: readonly ChaosFault[] = [
  NOTHING,
  KILL_GATEWAY,
  STOP_GATEWAY,
  REDIS_STOPPED,
  REDIS_RESTARTED,
  REDIS_PAUSED,
  REDIS_SLOW,
  REDIS_FULL,
  FAILED_OVER,
  SCRIPTS_FLUSHED,
  CUT_BEFORE,
  CUT_AFTER,
]
