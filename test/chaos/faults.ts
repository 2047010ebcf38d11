// The table of faults.

import type { ChaosFault } from './fault.ts'
import { CLIENTS_LEAVE } from './faults/client-faults.ts'
import { CLOCK_JUMPS } from './faults/clock-faults.ts'
import { CUT_AFTER, CUT_BEFORE, REDIS_SLOW } from './faults/connection-faults.ts'
import { DISK_FULL } from './faults/disk-faults.ts'
import { KILL_GATEWAY, KILL_WHILE_AWAY, STOP_GATEWAY } from './faults/gateway-faults.ts'
import { PROVIDERS_FAIL } from './faults/provider-faults.ts'
import {
  FAILED_OVER,
  REDIS_FULL,
  REDIS_PAUSED,
  REDIS_RESTARTED,
  REDIS_STOPPED,
  SCRIPTS_FLUSHED,
} from './faults/redis-faults.ts'
import { SETTLED_AGAIN } from './faults/settlement-faults.ts'
import { UPGRADED } from './faults/upgrade-faults.ts'
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
  KILL_WHILE_AWAY,
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
  DISK_FULL,
  CLOCK_JUMPS,
  CLIENTS_LEAVE,
  PROVIDERS_FAIL,
  SETTLED_AGAIN,
  UPGRADED,
]
