// The text of a configuration file → its checked content, or every problem with it in the reader's words.

import { type Document, isNode, isSeq, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { keepDecimalsAsWritten } from '../catalog/parse-catalog.ts'
import { isProviderId, PROVIDER_IDS } from '../core/route.ts'
import { ConfigError, type ConfigProblem } from './config-error.ts'
import { shown } from './environment.ts'
import { nearestName } from './nearest-name.ts'
import { type FileConfig, fileSchema } from './schema.ts'

type Path = readonly PropertyKey[]

export interface ParsedFile {
  readonly content: FileConfig
  /** Where each entry of `keys` begins. */
  readonly keyLines: readonly number[]
}

/** Throws a ConfigError with every problem found. `file` names the file in messages about its syntax. */
export function parseConfigFile(text: string, file: string): ParsedFile {
  const yaml = readYaml(text, file)
  const content = tidy(yaml.content)
  const strangers = unknownProviders(content)
  const result = fileSchema.safeParse(content)
  const issues = result.success ? [] : result.error.issues
  const problems = [
    ...strangers.values(),
    ...issues
      .filter(({ path }) => path[0] !== 'providers' || !strangers.has(String(path[1])))
      .flatMap((issue) => readIssue(issue, content)),
  ]
  if (result.success && problems.length === 0) return { content: result.data, keyLines: yaml.keyLines }
  throw new ConfigError(problems)
}

/** By their names: sections that are no vendor's, and do not say what else they are. */
function unknownProviders(content: unknown): ReadonlyMap<string, ConfigProblem> {
  const providers = isMapping(content) ? content['providers'] : undefined
  if (!isMapping(providers)) return new Map()
  const strangers = Object.entries(providers).filter(
    ([name, section]) => !isProviderId(name) && !(isMapping(section) && 'kind' in section),
  )
  return new Map(
    strangers.map(([name]) => {
      const { path, problem, wanted } = unknownKey(['providers', name], name, PROVIDER_IDS)
      return [name, { path, problem, wanted: `${wanted}, or in it kind: openai-compatible` }]
    }),
  )
}

function readYaml(text: string, file: string): Pick<ParsedFile, 'keyLines'> & { readonly content: unknown } {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false })
  const problems = document.errors.map((error): ConfigProblem => {
    const { line, col } = lineCounter.linePos(error.pos[0])
    return {
      path: `${file}:${line}:${col}`,
      problem: `is not YAML: ${error.message}`,
      wanted: 'a YAML mapping',
    }
  })
  if (problems.length > 0) throw new ConfigError(problems)
  keepDecimalsAsWritten(document)
  try {
    return { content: document.toJS({ maxAliasCount: 100 }), keyLines: findKeyLines(document, lineCounter) }
  } catch (error) {
    const problem = `cannot be read: ${error instanceof Error ? error.message : String(error)}`
    throw new ConfigError([{ path: file, problem, wanted: 'a YAML mapping without unresolved anchors' }])
  }
}

function findKeyLines(document: Document, lineCounter: LineCounter): readonly number[] {
  const keys = document.get('keys', true)
  if (!isSeq(keys)) return []
  return keys.items.map((item) => lineCounter.linePos(isNode(item) ? (item.range?.[0] ?? 0) : 0).line)
}

/** A key without a value counts as absent (all its lines may be comments), and `auth: open` is short for `auth: { mode: open }`. */
function tidy(content: unknown): unknown {
  const root = withoutNulls(content) ?? {}
  if (!isMapping(root) || typeof root['auth'] !== 'string') return root
  return { ...root, auth: { mode: root['auth'] } }
}

/** No section is nested deeper, so there is no need to walk into what anchors may multiply. */
const MAX_DEPTH = 6

function withoutNulls(value: unknown, depth = 0): unknown {
  if (value === null) return undefined
  if (!isMapping(value) || depth === MAX_DEPTH) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withoutNulls(inner, depth + 1)]),
  )
}

/** Of everything that an operator names freely and that has a rule for its names. */
const NAME_RULE = 'a name of 1 to 64 letters, digits, ".", "_" or "-"'

function readIssue(issue: z.core.$ZodIssue, content: unknown): ConfigProblem[] {
  const known = keysAt(issue.path)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey([...issue.path, key], key, known))
  }
  const path = formatPath(issue.path)
  if (issue.code === 'invalid_key')
    return [{ path, problem: 'has a name that cannot be used', wanted: NAME_RULE }]
  const value = issue.path.reduce<unknown>(
    (at, part) => (isMapping(at) || Array.isArray(at) ? Reflect.get(at, part) : undefined),
    content,
  )
  const problem = isSecretive(path) && value !== undefined ? describeSecret(value) : `is ${shown(value)}`
  return [{ path, problem, wanted: nodeAt(issue.path)?.description ?? describeKeys(known) }]
}

/** A token is not shown, not even a wrong one; nor a key that was written where the name of its variable belongs. */
function isSecretive(path: string): boolean {
  return path === 'metrics.token' || path.endsWith('_env')
}

function describeSecret(value: unknown): string {
  return typeof value === 'string' ? `has ${value.length} characters` : 'is not a string'
}

function describeKeys(known: readonly string[]): string {
  return known.length === 0 ? 'a mapping' : `a mapping with ${known.join(', ')}`
}

function unknownKey(path: Path, key: string, known: readonly string[]): ConfigProblem {
  const nearest = nearestName(key, known)
  const wanted = nearest === null ? `one of ${known.join(', ')}` : nearest
  return { path: formatPath(path), problem: 'is not a known key', wanted }
}

/** `routing.aliases["gpt-4.1"].tier`: names that are not plain words stand in brackets. */
export function formatPath(path: Path): string {
  const text = path
    .map((part) => {
      if (typeof part === 'number') return `[${part}]`
      return /^[\w-]+$/.test(String(part)) ? `.${String(part)}` : `[${JSON.stringify(String(part))}]`
    })
    .join('')
  return text === '' ? '(the whole file)' : text.replace(/^\./, '')
}

interface SchemaNode {
  readonly description?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: SchemaNode | false
  readonly items?: SchemaNode
  readonly propertyNames?: { readonly enum?: readonly string[] }
}

/** The schema as plain data: what messages and the documentation's test read keys and descriptions from. */
export const schemaTree: SchemaNode = readNode(z.toJSONSchema(fileSchema, { io: 'input' }))

function keysAt(path: Path): readonly string[] {
  const node = nodeAt(path)
  return node?.propertyNames?.enum ?? Object.keys(node?.properties ?? {})
}

function nodeAt(path: Path): SchemaNode | null {
  let node: SchemaNode | undefined = schemaTree
  for (const part of path) {
    const inner: SchemaNode | false | undefined =
      typeof part === 'number' ? node.items : (node.properties?.[String(part)] ?? node.additionalProperties)
    if (inner === undefined || inner === false) return null
    node = inner
  }
  return node
}

function readNode(json: unknown): SchemaNode {
  if (!isMapping(json)) return {}
  const { description, properties, additionalProperties, propertyNames, items } = json
  const names =
    isMapping(propertyNames) && Array.isArray(propertyNames['enum'])
      ? propertyNames['enum'].map(String)
      : null
  return {
    ...(typeof description === 'string' ? { description } : {}),
    ...(isMapping(properties)
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, inner]) => [key, readNode(inner)]),
          ),
        }
      : {}),
    ...(isMapping(additionalProperties) ? { additionalProperties: readNode(additionalProperties) } : {}),
    ...(isMapping(items) ? { items: readNode(items) } : {}),
    ...(names === null ? {} : { propertyNames: { enum: names } }),
  }
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
