import { describe, expect, it } from 'vitest'
import type { CallerPolicy } from '../../../src/core/caller.ts'
import { readRequirements } from '../../../src/routing/requirements.ts'
import { sampleCaller, sampleNames, sampleRequest, sampleRoute } from './route-samples.ts'

const refused = (model: string, models: CallerPolicy['models']) => {
  try {
    read({ model }, { models })
  } catch (error) {
    return error
  }
  return 'allowed'
}

const economy = sampleRoute({ model: 'small', tier: 'economy', provider: 'deepseek' })
const standardLow = sampleRoute({ model: 'mid', effort: 'low', tier: 'standard' })
const premiumHigh = sampleRoute({ model: 'mid', effort: 'high', tier: 'premium' })
const frontier = sampleRoute({ model: 'top', tier: 'frontier', provider: 'anthropic' })
const names = sampleNames([economy, standardLow, premiumHigh, frontier], { known: ['openai/gpt-4o'] })

function read(
  fields: Record<string, unknown>,
  policy: Partial<CallerPolicy> = {},
  headers: Record<string, string> = {},
) {
  return readRequirements(sampleRequest(fields, headers), sampleCaller(policy), names)
}

describe('the tier a request needs', () => {
  it('comes from the body, else the header, else the model', () => {
    const header = { 'x-farthing-tier': 'premium' }
    expect(read({ model: 'economy' }).tier).toBe('economy')
    expect(read({ model: 'economy' }, {}, header).tier).toBe('premium')
    expect(read({ model: 'economy', routing: { tier: 'frontier' } }, {}, header).tier).toBe('frontier')
    expect(read({ model: 'gpt-4o' }).tier).toBe('economy')
    expect(read({ model: 'auto' }).tier).toBe('standard')
  })

  it('is raised to the least of the key and refused above its most', () => {
    expect(read({ model: 'economy' }, { minTier: 'premium' }).tier).toBe('premium')
    expect(() => read({ model: 'premium' }, { maxTier: 'standard' })).toThrow(
      expect.objectContaining({ kind: 'model_not_allowed', status: 403, param: 'model' }),
    )
    expect(() => read({ model: 'o3' }, { maxTier: 'standard' })).toThrow(/max_tier, standard/)
  })

  it('is lowered for auto, which nobody asked for by name', () => {
    expect(read({ model: 'auto' }, { maxTier: 'economy' }).tier).toBe('economy')
    expect(() => read({ model: 'auto', routing: { tier: 'premium' } }, { maxTier: 'economy' })).toThrow(
      /max_tier/,
    )
  })
})

describe('a pinned model', () => {
  it('takes the default route, the one with the effort asked for, or those that reach a stated tier', () => {
    const routesOf = (fields: Record<string, unknown>) =>
      read({ model: 'openai/mid', ...fields }).pinned?.routes
    expect(routesOf({})).toEqual([standardLow])
    expect(routesOf({ reasoning_effort: 'high' })).toEqual([premiumHigh])
    expect(routesOf({ reasoning_effort: 'max' })).toEqual([standardLow])
    const stated = read({ model: 'openai/mid', routing: { tier: 'premium' } })
    expect(stated.pinned?.routes).toEqual([standardLow, premiumHigh])
    expect(stated).toMatchObject({ tier: 'premium', neededRank: 2 })
  })

  it('is its own baseline and has the tier of its route', () => {
    expect(read({ model: 'anthropic/top' })).toMatchObject({
      tier: 'frontier',
      neededRank: 0,
      baselineModel: 'anthropic/top',
    })
  })
})

describe('models a key may use', () => {
  it.each([
    ['openai/mid', { allow: null, deny: ['openai/*'] }, 'models.deny has "openai/*"'],
    ['openai/mid', { allow: null, deny: ['openai/mid'] }, 'models.deny has "openai/mid"'],
    ['openai/mid', { allow: ['deepseek/*'], deny: [] }, 'models.allow does not name "openai/mid"'],
    ['gpt-4o', { allow: null, deny: ['gpt-4o'] }, 'models.deny has "gpt-4o"'],
    ['frontier', { allow: ['economy'], deny: [] }, 'leave no model'],
    ['frontier', { allow: null, deny: ['anthropic/*'] }, 'leave no model'],
  ])('%s under %j is refused by its rule', (model, models, rule) => {
    expect(refused(model, models)).toMatchObject({ kind: 'model_not_allowed', status: 403 })
    expect(String(refused(model, models))).toContain(rule)
  })

  it.each([
    ['openai/mid', { allow: ['openai/*'], deny: [] }],
    ['openai/mid', { allow: ['openai/mid'], deny: ['openai/mi', 'openai/midd', 'open/*'] }],
    ['gpt-4o', { allow: ['gpt-4o'], deny: [] }],
    ['standard', { allow: ['openai/mid'], deny: ['anthropic/*'] }],
    ['economy', { allow: ['frontier'], deny: [] }],
  ])('%s under %j is allowed', (model, models) => {
    expect(refused(model, models)).toBe('allowed')
  })
})

describe('everything else that is read', () => {
  it('lists capabilities by what the request uses', () => {
    const tool = { type: 'function', function: { name: 'f', parameters: {} } }
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==' } }
    const link = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }
    const video = { type: 'video_url', video_url: { url: 'data:video/mp4;base64,AAAA' } }
    const request = {
      tools: [tool, { type: 'custom', custom: { name: 'g' } }],
      tool_choice: 'required',
      response_format: { type: 'json_object' },
      n: 2,
      logprobs: true,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }, image, link, video] }],
    }
    expect(read(request).capabilities).toEqual([
      'tools',
      'custom_tools',
      'required_tool_choice',
      'json_object',
      'images',
      'image_urls',
      'video',
      'many_choices',
      'logprobs',
    ])
    expect(read({}).capabilities).toEqual([])
  })

  it('takes the baseline from the alias, else the key, else the configuration', () => {
    expect(read({ model: 'gpt-4o' }, { baseline: 'x/key' }).baselineModel).toBe('openai/gpt-4o')
    expect(read({ model: 'o3' }, { baseline: 'x/key' }).baselineModel).toBe('x/key')
    expect(read({ model: 'standard' }).baselineModel).toBe('openai/baseline')
  })

  it('passes over an alias baseline that the catalogue does not know', () => {
    const unknown = sampleNames([economy])
    const requirements = readRequirements(sampleRequest({ model: 'gpt-4o' }), sampleCaller(), unknown)
    expect(requirements.baselineModel).toBe('openai/baseline')
  })
})
