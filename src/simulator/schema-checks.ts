// Which JSON schemas Moonshot and Anthropic refuse, and with which words (MoonshotAI/kimi-code issue 2661, kimi-cli issues
// 1595 and 2061; agentjido/req_llm issue 302).

import { isObject, type JsonObject, listOf, objectOf, textOf } from './json-value.ts'

/** The complaint; null when there is none. */
export function moonshotComplaint(schema: unknown, path = 'root'): string | null {
  if (!isObject(schema)) return null
  const at = (problem: string): string => `<At path '${path}': ${problem}>`
  if ('$schema' in schema) return at('unsupported keyword $schema')
  if ('$ref' in schema) {
    const beside = Object.keys(schema).find((name) => name !== '$ref' && name !== '$defs')
    if (beside !== undefined) return at(`conflicting keywords found after $ref expansion: ${beside}`)
  } else if ('anyOf' in schema) {
    if ('type' in schema)
      return at('when using anyOf, type should be defined in anyOf items instead of the parent schema')
  } else if (Object.keys(schema).length > 0 && !('enum' in schema) && typeof schema['type'] !== 'string')
    return at('type is not defined')
  if (new Set(listOf(schema['enum']).map((value) => typeof value)).size > 1)
    return at('enum values should be of the same type')
  return complaintIn(schema, path, moonshotComplaint)
}

const ROOT_CHOICES = ['oneOf', 'anyOf', 'allOf', 'enum', 'not']

/** What OpenAI finds wrong with the root of what a function takes (langchain-ai/langchainjs 9804, sashabaranov/go-openai 432). */
export function openAiRootComplaint(parameters: unknown): string | null {
  if (parameters === undefined) return null
  if (!isObject(parameters)) return "None is not of type 'object', 'boolean'."
  if (parameters['type'] !== 'object' || ROOT_CHOICES.some((name) => name in parameters))
    return "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level."
  return isObject(parameters['properties']) ? null : 'In context=(), object schema missing properties.'
}

/** MoonshotAI/kimi-code 2328. */
export function claudeRootComplaint(schema: JsonObject): string | null {
  if (['oneOf', 'allOf', 'anyOf'].some((name) => name in schema))
    return 'input_schema does not support oneOf, allOf, or anyOf at the top level'
  return schema['type'] === 'object' ? null : 'input_schema.type: Field required'
}

const UNSUPPORTED_AT_CLAUDE = [
  'minimum',
  'maximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'maxItems',
  'oneOf',
]

export function claudeComplaint(schema: unknown, path = 'root'): string | null {
  if (!isObject(schema)) return null
  const type = schema['type']
  const isOneOf = (name: string): boolean => type === name || listOf(type).includes(name)
  if (isOneOf('object') && schema['additionalProperties'] !== false)
    return `For 'object' type, 'additionalProperties' must be explicitly set to false`
  const refused = UNSUPPORTED_AT_CLAUDE.find((name) => name in schema)
  if (refused !== undefined) return `For '${textOf(type)}' type, property '${refused}' is not supported`
  const least = schema['minItems']
  if (least !== undefined && least !== 0 && least !== 1)
    return `For 'array' type, 'minItems' values other than 0 or 1 are not supported`
  if (path === 'root' && refersToItself(schema)) return 'Recursive schemas are not supported'
  return complaintIn(schema, path, claudeComplaint)
}

function refersToItself(schema: JsonObject): boolean {
  return Object.entries(objectOf(schema['$defs'])).some(([name, one]) =>
    JSON.stringify(one).includes(`#/$defs/${name}"`),
  )
}

function complaintIn(
  schema: JsonObject,
  path: string,
  complain: (schema: unknown, path: string) => string | null,
): string | null {
  const inner: (readonly [string, unknown])[] = [
    ...['properties', '$defs'].flatMap((name) =>
      Object.entries(objectOf(schema[name])).map(([key, one]) => [`${name}.${key}`, one] as const),
    ),
    ...['anyOf', 'allOf'].flatMap((name) =>
      listOf(schema[name]).map((one, index) => [`${name}.${index}`, one] as const),
    ),
    ['items', schema['items']],
    ['additionalProperties', schema['additionalProperties']],
  ]
  for (const [name, one] of inner) {
    const complaint = complain(one, path === 'root' ? name : `${path}.${name}`)
    if (complaint !== null) return complaint
  }
  return null
}
