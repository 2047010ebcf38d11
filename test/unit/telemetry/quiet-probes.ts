// A gateway in which nothing is out of the ordinary, as a scrape sees it.

import type { Probes } from '../../../src/telemetry/metrics.ts'

export const QUIET_PROBES: Probes = {
  openModels: () => [],
  isStoreUp: () => true,
  spoolPending: () => 0,
  held: async () => ({ count: 0, amount: 0n }),
  catalogAgeSeconds: () => 60,
  offers: () => [],
  providers: () => [],
  budgets: async () => [],
}
