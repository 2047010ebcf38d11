// What every store promises. Each implementation's test file says how its data is opened, and runs all of this.

import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { describeAggregates } from './aggregate-contract.ts'
import { describeBooking } from './booking-contract.ts'
import { describeBudgets } from './budget-contract.ts'
import { describeConcurrency } from './concurrency-contract.ts'
import { describeContent } from './content-contract.ts'
import { describeHolds } from './hold-contract.ts'
import { describeKeys } from './key-contract.ts'
import { describeLimits } from './limit-contract.ts'
import { describeRequests } from './request-contract.ts'
import { describeSpend } from './spend-contract.ts'
import { createWorld, type OpenWorld, type StoreHarness, type StoreWorld } from './store-world.ts'

export function describeStore(startHarness: () => Promise<StoreHarness>): void {
  let harness: StoreHarness
  let world: OpenWorld
  beforeAll(async () => {
    harness = await startHarness()
  })
  afterAll(() => harness.stop())
  beforeEach(async () => {
    world = createWorld(await harness.place())
  })
  afterEach(() => world.close())
  const current = (): StoreWorld => world
  describeHolds(current)
  describeBooking(current)
  describeSpend(current)
  describeAggregates(current)
  describeRequests(current)
  describeKeys(current)
  describeContent(current)
  describeBudgets(current)
  describeLimits(current)
  describeConcurrency(current)
}
