import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { schemaTree } from '../../../src/config/parse-file.ts'
import { PROVIDER_DEFAULTS } from '../../../src/config/provider-defaults.ts'

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
const documented = new Set(page.split('\n').flatMap((line) => /^\| `([a-zA-Z_.]+)` \|/.exec(line)?.[1] ?? []))

type Node = typeof schemaTree

/** Every leaf of the schema as a dotted path; names that the operator chooses are NAME, providers are ID. */
function leaves(node: Node, path: string): string[] {
  if (node.properties !== undefined) {
    return Object.entries(node.properties).flatMap(([key, inner]) =>
      leaves(inner, path === '' ? key : `${path}.${key}`),
    )
  }
  if (node.additionalProperties) {
    return leaves(node.additionalProperties, `${path}.${path === 'providers' ? 'ID' : 'NAME'}`)
  }
  return [path]
}

test('docs/configuration.md has every key of the schema, and no other', () => {
  const keys = leaves(schemaTree, '')
  expect(keys.length).toBeGreaterThan(35)
  const written = [...documented].filter((key) => /^[a-z]/.test(key))
  expect(written.toSorted()).toEqual(keys.toSorted())
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
