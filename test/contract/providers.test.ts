// The contract suite over every provider of the registry, and over OpenAI's other API.

import { describe, expect, it } from 'vitest'
import { PROVIDER_IDS } from '../../src/core/route.ts'
import { openaiResponses } from '../../src/providers/openai-responses/provider.ts'
import { providerById } from '../../src/providers/registry.ts'
import { describeProvider } from './provider-contract.ts'

for (const id of PROVIDER_IDS) describeProvider(id, providerById(id))
describeProvider('openai-responses', openaiResponses)

describe('the registry', () => {
  it.each(PROVIDER_IDS)('has %s under its own name', (id) => {
    expect(providerById(id).id).toBe(id)
  })
})
