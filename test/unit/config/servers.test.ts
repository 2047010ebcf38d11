import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { ConfigError, type ConfigProblem } from '../../../src/config/config-error.ts'
import { loadCatalogFile } from '../../../src/config/load-catalog-file.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { sampleCatalog } from '../catalog/sample-catalog.ts'

const NOW = Date.parse('2026-11-24')
const catalogText = sampleCatalog(['id: gone', 'id: gpt-4o'])
const file = join(import.meta.dirname, '../../../config/gateway.yaml')

function load(text: string, env: Record<string, string> = {}) {
  const config = loadConfig({ file, env, readFile: () => text })
  return { config, catalog: loadCatalogFile(config, () => catalogText) }
}

const model = { tier: 'economy', context: 8192, prices: { input: 0.1, output: 0.2 } }
const server = {
  kind: 'openai-compatible',
  base_url: 'http://127.0.0.1:8000/v1/',
  jurisdiction: 'de',
  models: { m: model },
}
const described = (changes: object, name = 'lab'): string =>
  stringify({ providers: { [name]: { ...server, ...changes } } })
const withModel = (changes: object, id = 'm'): string =>
  described({ models: { [id]: { ...model, ...changes } } })

function problemsOf(text: string): readonly ConfigProblem[] {
  try {
    load(text)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('a server of the operator’s', () => {
  test('is on without a key where it wants none, and off without the one it wants', () => {
    const open = load(described({})).config.providers.get('lab')
    expect(open).toMatchObject({ isOn: true, apiKey: null, offBecause: null })
    expect(open?.baseUrl.href).toBe('http://127.0.0.1:8000/v1')
    const locked = described({ api_key_env: 'LAB_KEY' })
    expect(load(locked).config.providers.get('lab')).toMatchObject({
      isOn: false,
      offBecause: 'LAB_KEY is not set',
    })
    expect(load(locked, { LAB_KEY: 'k-1' }).config.providers.get('lab')?.apiKey?.reveal()).toBe('k-1')
    expect(load(described({ enabled: false })).config.providers.get('lab')?.isOn).toBe(false)
  })

  test('takes its address from the file alone', () => {
    const { config } = load(described({}), { LAB_BASE_URL: 'http://elsewhere/v1' })
    expect(config.providers.get('lab')?.baseUrl.host).toBe('127.0.0.1:8000')
  })

  test('stands beside others and the vendors, with routes in the catalogue and a version of its own', () => {
    const two = stringify({ providers: { lab: server, 'gpu-2': { ...server, jurisdiction: 'fr' } } })
    const { config, catalog } = load(two)
    expect([...config.providers.keys()].slice(5)).toEqual(['lab', 'gpu-2'])
    const route = catalog.route('gpu-2/m')
    expect(route).toMatchObject({ provider: 'gpu-2', model: 'm', effort: null, maxOutputTokens: 8192 })
    expect(route === undefined ? '' : catalog.jurisdiction(route)).toBe('fr')
    const versions = ['{}', two, described({}), withModel({ context: 4096 })].map(
      (text) => load(text).catalog.version,
    )
    expect(new Set(versions).size).toBe(4)
  })

  test('has the price that is written, to the sixth decimal', () => {
    const { catalog } = load(withModel({ prices: { input: '0.123456', output: 1 } }))
    expect(catalog.model('lab/m')?.prices?.segmentAt(0)?.brackets.ordinary).toMatchObject([
      { rates: { input: 123_456, cachedInput: 123_456, output: 1_000_000 } },
    ])
    expect(catalog.free).toEqual([])
  })

  test('is free only where both zeros are written', () => {
    expect(load(withModel({ prices: { input: 0, output: 0 } })).catalog.free).toEqual(['lab/m'])
    expect(load(withModel({ prices: { input: 0, output: 0.1 } })).catalog.free).toEqual([])
    const { catalog } = load(withModel({ prices: undefined }))
    expect(catalog.free).toEqual([])
    expect(catalog.model('lab/m')?.prices).toBeNull()
    expect(catalog.warnings(NOW).join()).toContain('never routed to: lab/m')
  })

  test('is warned of when its price was looked up long ago, and not when nobody has to', () => {
    const old = load(withModel({ prices: { ...model.prices, checked: '2026-01-02' } })).catalog
    expect(old.warnings(NOW).join()).toContain('lab/m on 2026-01-02')
    expect(load(described({})).catalog.warnings(NOW).join()).not.toContain('lab/m')
  })

  test('can be a baseline and all that there is', () => {
    const off = Object.fromEntries(
      ['deepseek', 'alibaba', 'moonshot', 'openai', 'anthropic'].map((id) => [id, { enabled: false }]),
    )
    const text = stringify({
      providers: { ...off, 'gpu-2': server },
      routing: { default_tier: 'economy', baseline: 'gpu-2/m' },
    })
    expect(load(text).config.routing.baseline).toBe('gpu-2/m')
  })

  test('is told what its models can do, in the words of requests', () => {
    const { catalog } = load(
      withModel({
        can: ['tools', 'forced_tool_choice'],
        hints: ['top_k'],
        reasons: true,
        efforts: ['low', 'high'],
        default_effort: 'low',
        content: 'text',
        json_word: true,
        cache: { min_tokens: 16, ttl_seconds: 60 },
      }),
    )
    expect(catalog.route('lab/m')).toMatchObject({
      capabilities: new Set(['tools', 'forced_tool_choice', 'required_tool_choice']),
      reasons: true,
      traits: { hints: new Set(['top_k']), defaultEffort: 'low', sendsText: true, needsJsonWord: true },
      cache: { mode: 'automatic', minTokens: 16, ttlSeconds: 60, chargesWrites: false },
    })
  })
})

const NAME_WANTED = 'a small letter, then up to 39 small letters, digits and -, and not farthing or other'

describe('what cannot work says where, what and what would be right', () => {
  test.each<[about: string, text: string, problem: ConfigProblem]>([
    [
      'a name in capitals',
      described({}, 'Lab'),
      { path: 'providers.Lab', problem: 'is no name for a provider', wanted: NAME_WANTED },
    ],
    [
      'a name with another meaning',
      described({}, 'other'),
      { path: 'providers.other', problem: 'is a word with another meaning', wanted: NAME_WANTED },
    ],
    [
      'a name of a vendor',
      'providers: { openai: { kind: openai-compatible } }',
      {
        path: 'providers.openai.kind',
        problem: 'is not a known key',
        wanted: 'one of enabled, api_key_env, on_disconnect, drain, deadlines, region, base_url',
      },
    ],
    [
      'another kind',
      described({ kind: 'ollama' }),
      { path: 'providers.lab.kind', problem: 'is "ollama"', wanted: 'openai-compatible' },
    ],
    [
      'no kind, which may be a slip',
      'providers: { opnai: { base_url: "http://x" } }',
      {
        path: 'providers.opnai',
        problem: 'is not a known key',
        wanted: 'openai, or in it kind: openai-compatible',
      },
    ],
    [
      'a URL with a password',
      described({ base_url: 'http://a:b@x/v1' }),
      {
        path: 'providers.lab.base_url',
        problem: 'has a user name or password in it',
        wanted: 'an absolute http:// or https:// URL without query, fragment or password',
      },
    ],
    [
      'a URL of one path too much',
      described({ base_url: 'http://x/v1/chat/completions' }),
      {
        path: 'providers.lab.base_url',
        problem: 'ends in /chat/completions, which is added to it',
        wanted: 'the URL without it, such as http://127.0.0.1:8000/v1',
      },
    ],
    [
      'no models',
      described({ models: {} }),
      {
        path: 'providers.lab.models',
        problem: 'is empty',
        wanted: 'a mapping with at least one model by the name that the server knows it by',
      },
    ],
    [
      'a model with a wildcard',
      withModel({}, 'llama*'),
      {
        path: 'providers.lab.models["llama*"]',
        problem: 'is no name for a model',
        wanted: 'up to 100 characters of printable ASCII without spaces and *',
      },
    ],
    [
      'half a price',
      withModel({ prices: { input: 1 } }),
      {
        path: 'providers.lab.models.m.prices.output',
        problem: 'is missing',
        wanted: 'a price in USD per million tokens with at most six decimals; 0 says that it costs nothing',
      },
    ],
    [
      'a price below zero',
      withModel({ prices: { input: -1, output: 1 } }),
      {
        path: 'providers.lab.models.m.prices.input',
        problem: 'is "-1"',
        wanted: 'a price in USD per million tokens with at most six decimals; 0 says that it costs nothing',
      },
    ],
    [
      'a capability that no such server can be given',
      withModel({ can: ['stop', 'hosted_tools'] }),
      {
        path: 'providers.lab.models.m.can[1]',
        problem: 'is "hosted_tools"',
        wanted: expect.stringContaining('one of tools, custom_tools, required_tool_choice'),
      },
    ],
    [
      'more output than context',
      withModel({ max_output: 9000 }),
      {
        path: 'providers.lab.models.m.max_output',
        problem: 'is 9000',
        wanted: 'at most the context, 8192',
      },
    ],
    [
      'a default effort that it does not have',
      withModel({ efforts: ['low'], default_effort: 'high' }),
      {
        path: 'providers.lab.models.m.default_effort',
        problem: 'is high',
        wanted: 'one of the efforts of this model',
      },
    ],
  ])('%s', (_, text, problem) => {
    expect(problemsOf(text)).toEqual([problem])
  })
})
