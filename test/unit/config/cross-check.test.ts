import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../../src/config/config-error.ts'
import { type CheckedCatalog, crossCheck } from '../../../src/config/cross-check.ts'
import { loadConfig } from '../../../src/config/load-config.ts'

const catalog: CheckedCatalog = {
  routes: [
    { provider: 'openai', tier: 'standard' },
    { provider: 'alibaba', tier: 'economy' },
    { provider: 'anthropic', tier: 'frontier' },
  ],
  pricedModels: new Set(['openai/gpt-4o', 'openai/gpt-4o-mini', 'alibaba/qwen-plus']),
  regions: (provider) => (provider === 'alibaba' ? ['singapore', 'cn-beijing'] : []),
}

function check(text: string): readonly unknown[] {
  try {
    crossCheck(loadConfig({ file: 'gateway.yaml', env: {}, readFile: () => text }), catalog)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('names that the catalogue must know', () => {
  test('a configuration that says nothing fits', () => {
    expect(check('')).toEqual([])
    expect(check('providers: { alibaba: { region: cn-beijing } }')).toEqual([])
  })

  test.each([
    [
      'providers: { alibaba: { region: beijing } }',
      { path: 'providers.alibaba.region', problem: 'is "beijing"', wanted: 'one of singapore, cn-beijing' },
    ],
    [
      'providers: { openai: { region: eu } }',
      {
        path: 'providers.openai.region',
        problem: 'is "eu"',
        wanted: 'no region: the catalogue has none for it',
      },
    ],
    [
      'routing: { baseline: openai/gpt-40 }',
      {
        path: 'routing.baseline',
        problem: 'is "openai/gpt-40", which the catalogue has no price for',
        wanted: 'a model that the catalogue has a price for, such as openai/gpt-4o',
      },
    ],
    [
      'routing: { aliases: { gpt-4.1: { tier: economy, baseline: x/qqqqqqqqqqqqqqq } } }',
      {
        path: 'routing.aliases["gpt-4.1"].baseline',
        problem: 'is "x/qqqqqqqqqqqqqqq", which the catalogue has no price for',
        wanted: 'a model that the catalogue has a price for',
      },
    ],
    [
      'providers: { anthropic: { enabled: false } }\nrouting: { default_tier: premium }',
      {
        path: 'routing.default_tier',
        problem: 'is premium, above every route of the enabled providers',
        wanted: 'a tier that a route of an enabled provider has',
      },
    ],
    [
      'providers: { anthropic: { enabled: false } }\nrouting: { aliases: { big: { tier: frontier } } }',
      {
        path: 'routing.aliases.big.tier',
        problem: 'is frontier, above every route of the enabled providers',
        wanted: 'a tier that a route of an enabled provider has',
      },
    ],
    [
      'providers: { anthropic: { enabled: false }, openai: { enabled: false }, alibaba: { enabled: false } }',
      {
        path: 'providers',
        problem: 'leave nothing to route to',
        wanted: 'at least one provider of the catalogue that is not disabled',
      },
    ],
  ])('%s', (text, problem) => {
    expect(check(text)).toEqual([problem])
  })

  test('all of them at once', () => {
    expect(check('providers: { alibaba: { region: x } }\nrouting: { baseline: a/b }')).toHaveLength(2)
  })
})
