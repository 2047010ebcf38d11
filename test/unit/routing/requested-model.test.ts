import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../src/core/errors.ts'
import { TIERS } from '../../../src/core/tier.ts'
import { readRequestedModel } from '../../../src/routing/requested-model.ts'
import { sampleNames, sampleRoute } from './route-samples.ts'

const names = sampleNames(
  [sampleRoute({ model: 'gpt-6-luna' }), sampleRoute({ provider: 'anthropic', model: 'claude-haiku-5-5' })],
  {
    known: ['openai/gpt-4o'],
  },
)

function refusal(name: string): GatewayError {
  try {
    readRequestedModel(name, names)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error(`${name} was accepted`)
}

describe('what the model of a request means', () => {
  it('reads each form', () => {
    for (const tier of TIERS) expect(readRequestedModel(tier, names)).toEqual({ kind: 'tier', tier })
    expect(readRequestedModel('auto', names)).toEqual({ kind: 'auto', tier: 'standard' })
    expect(readRequestedModel('gpt-4o', names)).toEqual({
      kind: 'alias',
      alias: 'gpt-4o',
      tier: 'economy',
      baselineModel: 'openai/gpt-4o',
    })
    expect(readRequestedModel('openai/gpt-6-luna', names)).toEqual({
      kind: 'pinned',
      modelId: 'openai/gpt-6-luna',
    })
  })

  it.each([
    ['standrad', 'standard'],
    ['gpt-6-luna', 'openai/gpt-6-luna'],
    ['openai/gpt-6-lune', 'openai/gpt-6-luna'],
    ['claude-haiku-5.5', 'anthropic/claude-haiku-5-5'],
    ['GPT-4O', 'gpt-4o'],
    ['openai/gpt-6-l', 'openai/gpt-6-luna'],
    ['anthropic/claude', 'anthropic/claude-haiku-5-5'],
  ])('names %s nearest to %s first', (asked, nearest) => {
    const error = refusal(asked)
    expect(error).toMatchObject({ kind: 'model_not_found', status: 404, param: 'model' })
    expect(error.message).toContain(`Nearest: "${nearest}"`)
  })

  it('says that a model it only knows the price of is not served', () => {
    expect(refusal('openai/gpt-4o').message).toContain('in the catalogue for its price only')
  })

  it('does not take a prefix or a different case for a pin', () => {
    for (const name of [
      'openai/',
      '/gpt-6-luna',
      'openai/gpt-6-lun',
      'OpenAI/gpt-6-luna',
      'openai/gpt-6-luna@low',
      'toString',
      '__proto__',
    ]) {
      expect(refusal(name).kind).toBe('model_not_found')
    }
  })

  it('quotes any name safely: short, without control or invisible characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 5_000 }), (name) => {
        fc.pre(!TIERS.some((tier) => tier === name) && name !== 'auto' && !names.aliases.has(name))
        const { message } = refusal(`${name}\u0000\u202e`)
        expect(message.length).toBeLessThan(1_200)
        // oxlint-disable-next-line no-control-regex -- that none is there is what is tested
        expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2028\u2029]/)
      }),
      { numRuns: 60 },
    )
  })
})
