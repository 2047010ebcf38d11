// What a fault is: a name, where it may happen, and what is done. Each fault of the table is one of these.

import type { SeededRandom } from './seeded-random.ts'
import type { Stage } from './stage.ts'
import type { StoreKind, StoreSite } from './store-site.ts'
import type { Traffic } from './traffic.ts'
import type { TrafficMix } from './traffic-plan.ts'

export interface Scene {
  readonly stage: Stage
  readonly traffic: Traffic
  readonly random: SeededRandom
}

export interface ChaosFault {
  readonly name: string
  readonly stores: readonly StoreKind[]
  /** How often in a run of requests. */
  readonly times: number
  /** Does it, and mends it again: what it resolves from is a world in which all could be well. Gives how many faults that were. */
  inject(scene: Scene): Promise<number>
  readonly hasReplica?: boolean
  readonly mix?: Partial<TrafficMix>
  /** Before the first gateway starts; gives what undoes it. */
  readonly prepare?: (site: StoreSite) => Promise<() => void>
  readonly env?: (directory: string, gateway: string) => Readonly<Record<string, string>>
  /** After the traffic: what this fault alone has to show; each line is a difference. */
  readonly check?: (scene: Scene) => Promise<readonly string[]>
}
