import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ConfigError, type ConfigProblem } from '../../../src/config/config-error.ts'
import { loadCatalogFile } from '../../../src/config/load-catalog-file.ts'
import { loadConfig } from '../../../src/config/load-config.ts'

const shipped = fileURLToPath(new URL('../../../config/gateway.yaml', import.meta.url))

function load(text: string) {
  const config = loadConfig({
    file: shipped,
    env: { DASHSCOPE_BASE_URL: 'http://localhost:1/v1' },
    readFile: () => text,
  })
  return loadCatalogFile(config)
}

function problemsOf(act: () => unknown): readonly ConfigProblem[] {
  try {
    act()
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('the shipped files', () => {
  const config = loadConfig({ file: shipped, env: {} })
  const catalog = loadCatalogFile(config)

  test('fit each other', () => {
    expect(catalog.models.length).toBeGreaterThan(40)
    expect(config.routing.aliases.size).toBeGreaterThan(100)
    expect(config.routing.baseline).toBe('openai/gpt-4o')
  })

  test('every value that is written out in a comment or a section is the default', () => {
    const text = readFileSync(shipped, 'utf8')
    const uncommented = text.replaceAll(/^ {2}# ([a-z_]+: [\w.]+) *(#.*)?$/gm, '  $1')
    expect(uncommented).not.toBe(text)
    const spoken = loadConfig({ file: shipped, env: {}, readFile: () => uncommented })
    const silent = loadConfig({ file: shipped, env: {}, readFile: () => '' })
    const region = { ...spoken.providers.get('alibaba'), region: null }
    expect({ ...spoken, providers: null, routing: { ...spoken.routing, aliases: null } }).toEqual({
      ...silent,
      providers: null,
      routing: { ...silent.routing, aliases: null },
    })
    expect(region).toEqual(silent.providers.get('alibaba'))
  })

  test('every region of every provider can be chosen', () => {
    for (const id of config.providers.keys()) {
      for (const region of catalog.provider(id).regions) {
        const text = readFileSync(shipped, 'utf8').replace(/^ {4}region: .*\n/m, '')
        const withRegion = text.replace(
          new RegExp(`^ {2}${id}:(?: \\{\\})?$`, 'm'),
          id === 'alibaba' ? `  ${id}:\n    region: ${region}` : `  ${id}: { region: ${region} }`,
        )
        expect(load(withRegion).provider(id).region).toBe(region)
      }
    }
  })
})

describe('names that the catalogue must know', () => {
  test('a configuration that says nothing fits', () => {
    expect(problemsOf(() => load(''))).toEqual([])
  })

  test.each<[string, ConfigProblem]>([
    [
      'providers: { alibaba: { region: peking } }',
      {
        path: 'providers.alibaba.region',
        problem: 'is "peking"',
        wanted: 'one of singapore, beijing, virginia, frankfurt',
      },
    ],
    [
      'providers: { openai: { region: eu } }',
      { path: 'providers.openai.region', problem: 'is "eu"', wanted: 'one of global' },
    ],
    [
      'routing: { baseline: openai/gpt-40 }',
      {
        path: 'routing.baseline',
        problem: 'is "openai/gpt-40", which the catalogue does not have',
        wanted: 'a model of the catalogue, such as openai/gpt-4o',
      },
    ],
    [
      'providers: { alibaba: { region: virginia } }\nrouting: { baseline: alibaba/qwen-flash }',
      {
        path: 'routing.baseline',
        problem: 'is "alibaba/qwen-flash", which has no price in its region',
        wanted: 'a model of the catalogue',
      },
    ],
    [
      'routing: { aliases: { gpt-4.1: { tier: economy, baseline: x/qqqqqqqqqqqqqqq } } }',
      {
        path: 'routing.aliases["gpt-4.1"].baseline',
        problem: 'is "x/qqqqqqqqqqqqqqq", which the catalogue does not have',
        wanted: 'a model of the catalogue',
      },
    ],
    [
      'providers: { anthropic: { enabled: false }, openai: { enabled: false }, moonshot: { enabled: false }, alibaba: { enabled: false } }\nrouting: { default_tier: frontier }',
      {
        path: 'routing.default_tier',
        problem: 'is frontier, above every route of the enabled providers',
        wanted: 'a tier that a route of an enabled provider has',
      },
    ],
    [
      'providers: { anthropic: { enabled: false }, openai: { enabled: false }, moonshot: { enabled: false }, alibaba: { enabled: false } }\nrouting: { aliases: { big: { tier: frontier } } }',
      {
        path: 'routing.aliases.big.tier',
        problem: 'is frontier, above every route of the enabled providers',
        wanted: 'a tier that a route of an enabled provider has',
      },
    ],
    [
      'providers: { anthropic: { enabled: false }, openai: { enabled: false }, moonshot: { enabled: false }, alibaba: { enabled: false }, deepseek: { enabled: false } }',
      {
        path: 'providers',
        problem: 'leave nothing to route to',
        wanted: 'at least one provider with a priced route that is not disabled',
      },
    ],
    [
      'catalog: nowhere.yaml',
      {
        path: 'catalog',
        problem: `names ${shipped.replace('gateway.yaml', 'nowhere.yaml')}, which cannot be read (ENOENT)`,
        wanted: 'the path of a catalogue, relative to this file',
      },
    ],
  ])('%s', (text, problem) => {
    expect(problemsOf(() => load(text))).toEqual([problem])
  })

  test('all of them at once', () => {
    expect(
      problemsOf(() => load('providers: { alibaba: { region: x } }\nrouting: { baseline: a/b }')),
    ).toHaveLength(2)
  })

  test('a mistake in the catalogue itself is told with its file', () => {
    const config = loadConfig({ file: 'gateway.yaml', env: {}, readFile: () => '' })
    const [problem] = problemsOf(() => loadCatalogFile(config, () => 'checked: yesterday\n'))
    expect(problem?.path).toMatch(/catalog\.yaml: \w+/)
  })
})
