// The contract suite over every provider of the registry.

import { PROVIDER_IDS } from '../../src/core/route.ts'
import { describeProvider } from './provider-contract.ts'

for (const id of PROVIDER_IDS) describeProvider(id)
