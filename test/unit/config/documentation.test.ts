import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadConfig } from '../../../src/config/load-config.ts'
import { schemaTree } from '../../../src/config/parse-file.ts'
import { PROVIDER_DEFAULTS } from '../../../src/config/provider-defaults.ts'

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
const documented = new Set(page.split('\n').flatMap((line) => /^\| `([a-zA-Z_.]+)` \|/.exec(line)?.[1] ?? []))

type Node = typeof schemaTree

/** Every leaf of the schema as a dotted path; names that the operator chooses are NAME, the vendors are ID. */
function leaves(node: Node, path: string): string[] {
  const { properties, additionalProperties } = node
  if (properties === undefined && !additionalProperties) return [path]
  const known = Object.entries(properties ?? {}).flatMap(([key, inner]) =>
    leaves(inner, path === 'providers' ? 'providers.ID' : path === '' ? key : `${path}.${key}`),
  )
  return [
    ...new Set(known),
    ...(additionalProperties
      ? leaves(additionalProperties, `${path}.${path.includes('.models') ? 'MODEL' : 'NAME'}`)
      : []),
  ]
}

test('docs/configuration.md has every key of the schema, and no other', () => {
  const keys = leaves(schemaTree, '')
  expect(keys.length).toBeGreaterThan(35)
  const written = [...documented].filter((key) => /^[a-z]/.test(key))
  expect(written.toSorted()).toEqual(keys.toSorted())
})

test('docs/configuration.md has the defaults that hold', () => {
  // The defaults of the page, written out as a configuration, change nothing.
  const written = page
    .split('\n')
    .flatMap((line) => /^\| `([a-z_.]+|providers\.ID\.[a-z_.]+)` \|.*\| `([^`]+)` \|$/.exec(line) ?? [])
  const lines: string[] = []
  const count = written.length / 3
  for (let row = 0; row < count; row++) {
    const [, path = '', value = ''] = written.slice(3 * row, 3 * row + 3)
    const keys = path.replace('.ID.', '.openai.').split('.')
    lines.push(`${keys.map((key) => `{ ${key}: `).join('')}${value}${' }'.repeat(keys.length)}`)
  }
  const file = fileURLToPath(new URL('../../../config/gateway.yaml', import.meta.url))
  const load = (text: string) => loadConfig({ file, env: {}, readFile: () => text })
  expect(lines.length).toBeGreaterThan(20)
  for (const line of lines) expect({ line, config: load(line) }).toEqual({ line, config: load('') })
})

test('docs/configuration.md names every variable', () => {
  const variables = [
    'FARTHING_CONFIG',
    'HOST',
    'PORT',
    'REDIS_URL',
    'FARTHING_DATA_DIR',
    'FARTHING_ADMIN_KEY',
    'LOG_LEVEL',
  ]
  const ofProviders = Object.values(PROVIDER_DEFAULTS).flatMap(({ keyEnv, urlEnv }) => [keyEnv, urlEnv])
  expect([...variables, ...ofProviders].filter((name) => !page.includes(`\`${name}\``))).toEqual([])
})

test('every leaf of the schema says what it wants', () => {
  const silent = (node: Node, path: string): string[] => {
    if (node.properties === undefined && !node.additionalProperties)
      return node.description === undefined ? [path] : []
    const inner = {
      ...node.properties,
      ...(node.additionalProperties ? { '*': node.additionalProperties } : {}),
    }
    return Object.entries(inner).flatMap(([key, child]) => silent(child, `${path}.${key}`))
  }
  expect(silent(schemaTree, '')).toEqual([])
})
