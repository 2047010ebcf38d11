// The contract suite over every provider of the registry, over OpenAI's other API, and over a server that a configuration
// describes.

import { describe, expect, it } from 'vitest'
import { PROVIDER_IDS } from '../../src/core/route.ts'
import { openaiResponses } from '../../src/providers/openai-responses/provider.ts'
import { createProviderRegistry } from '../../src/providers/registry.ts'
import { describeProvider } from './provider-contract.ts'
import { servers } from './route-for.ts'

const registry = createProviderRegistry(servers)
for (const id of PROVIDER_IDS) describeProvider(id, registry.byName(id))
describeProvider('openai-responses', openaiResponses)
for (const { name } of servers) describeProvider('openai-compatible', registry.byName(name))

describe('the registry', () => {
  it.each(PROVIDER_IDS)('has %s under its own name', (id) => {
    expect(registry.byName(id).id).toBe(id)
  })
})
