// A value that satisfies a JSON schema, for tool arguments and structured output: the first of each choice.

import { isObject, listOf, numberOf, objectOf, textOf } from './json-value.ts'

const MAX_DEPTH = 12

export function sampleOf(schema: unknown, depth = 0): unknown {
  if (!isObject(schema) || depth > MAX_DEPTH) return null
  if ('const' in schema) return schema['const']
  const [first] = listOf(schema['enum'])
  if (first !== undefined) return first
  const [option] = [...listOf(schema['anyOf']), ...listOf(schema['oneOf'])]
  if (option !== undefined) return sampleOf(option, depth + 1)
  const { type } = schema
  switch (textOf(Array.isArray(type) ? type[0] : type)) {
    case 'string':
      return 'sample'.padEnd(numberOf(schema['minLength']) ?? 0, '.')
    case 'integer':
    case 'number':
      return numberOf(schema['minimum']) ?? 7
    case 'boolean':
      return true
    case 'null':
      return null
    case 'array':
      return Array.from({ length: Math.max(1, numberOf(schema['minItems']) ?? 1) }, () =>
        sampleOf(schema['items'], depth + 1),
      )
    default:
      return sampleObject(schema, depth)
  }
}

function sampleObject(schema: Readonly<Record<string, unknown>>, depth: number): unknown {
  const properties = Object.entries(objectOf(schema['properties']))
  return Object.fromEntries(properties.map(([name, property]) => [name, sampleOf(property, depth + 1)]))
}
