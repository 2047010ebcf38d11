// Budgets and limits of the configuration and of a store, for a verb that is done before they could change.

import { createPolicies, type Policies, type PoliciesOptions } from '../budgets/policies.ts'
import type { Config } from '../config/config.ts'

/** Longer than a verb takes: it asks when it needs them. */
const POLICIES_EVERY_MS = 60_000

export function openPolicies(store: PoliciesOptions['store'], { policies: configured }: Config): Policies {
  return createPolicies({
    store,
    configured,
    everyMs: POLICIES_EVERY_MS,
    onError: (error) => {
      throw error
    },
  })
}
