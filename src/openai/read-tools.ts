// The tools of a request: how many, of which kinds, and their names, which must be told apart.

import { ROOT_CHOICES } from '../core/tool-schema.ts'
import { invalidField } from './invalid-field.ts'
import type { JsonScanner } from './json-scanner.ts'

/** Tools found so far, in `tools` and in the older `functions`. */
export interface ToolFacts {
  count: number
  readonly names: string[]
  /** Types of those that are no functions; `functions` for the older form. */
  readonly otherTypes: string[]
  /** What some function takes is not said as an object with properties. */
  hasLooseSchema: boolean
  hasCacheMark: boolean
}

/** OpenAI's own limit; the other providers' are the same or unstated. */
const MAX_TOOLS = 128

/** Reads the list the scanner stands before and adds its tools to `facts`. */
export function readTools(scanner: JsonScanner, member: 'tools' | 'functions', facts: ToolFacts): void {
  if (scanner.peekKind() === 'null') return scanner.skipValue()
  if (scanner.peekKind() !== 'array') throw invalidField(member, 'must be a list of tools')
  const tools: Tool[] = []
  scanner.readArray((index) => {
    if (scanner.peekKind() !== 'object') throw invalidField(`${member}[${index}]`, 'must be an object')
    tools.push(readTool(scanner, member, index))
  })
  if (tools.length > MAX_TOOLS)
    throw invalidField(member, `has ${tools.length} entries; at most ${MAX_TOOLS} are allowed`)
  facts.count += tools.length
  for (const [index, tool] of tools.entries()) {
    const type = member === 'functions' ? member : tool.type
    facts.hasCacheMark ||= tool.hasCacheMark
    facts.hasLooseSchema ||= tool.hasLooseSchema
    if (type !== 'function') facts.otherTypes.push(type)
    // Of tools that a provider runs itself we know nothing.
    if (tool.name !== null) addName(facts, tool.name, pathOfName(type, index))
    else if (NAMED_TYPES.includes(type))
      throw invalidField(pathOfName(type, index), 'is missing; every tool needs a name')
  }
}

const NAMED_TYPES = ['function', 'custom', 'functions']

function pathOfName(type: string, index: number): string {
  return type === 'functions' ? `functions[${index}].name` : `tools[${index}].${type}.name`
}

function addName({ names }: ToolFacts, name: string, path: string): void {
  if (names.includes(name)) throw invalidField(path, 'is the name of another tool; each needs its own')
  names.push(name)
}

interface Tool {
  /** `function` where none is given. */
  readonly type: string
  readonly name: string | null
  readonly hasCacheMark: boolean
  readonly hasLooseSchema: boolean
}

function readTool(scanner: JsonScanner, list: 'tools' | 'functions', index: number): Tool {
  let type = 'function'
  let named: Named = { name: null, hasLooseSchema: false }
  let hasCacheMark = false
  scanner.readObject((member) => {
    const kind = scanner.peekKind()
    if (member === 'type' && kind === 'string') type = scanner.readString()
    else if (list === 'functions' && member === 'name' && kind === 'string')
      named = { name: scanner.readString(), hasLooseSchema: false }
    else if ((member === 'function' || member === 'custom') && kind === 'object')
      named = readNamed(scanner, `tools[${index}].${member}`)
    else {
      hasCacheMark ||= member === 'cache_control'
      scanner.skipValue()
    }
  })
  const { name, hasLooseSchema } = named
  return { type, name: name === '' ? null : name, hasCacheMark, hasLooseSchema }
}

type Named = Pick<Tool, 'name' | 'hasLooseSchema'>

function readNamed(scanner: JsonScanner, path: string): Named {
  let name: string | null = null
  let hasLooseSchema = false
  scanner.readObject((member) => {
    const kind = scanner.peekKind()
    if (member === 'name' && kind === 'string') name = scanner.readString()
    else if (member === 'parameters') hasLooseSchema = !readIsRooted(scanner, `${path}.parameters`)
    else scanner.skipValue()
  })
  return { name, hasLooseSchema }
}

/** Whether the schema here says at its root what `rootedSchema` would make of it. */
function readIsRooted(scanner: JsonScanner, path: string): boolean {
  const kind = scanner.peekKind()
  if (kind !== 'object' && kind !== 'null') throw invalidField(path, 'must be an object, a JSON schema')
  if (kind === 'null') {
    scanner.skipValue()
    return false
  }
  let isObject = false
  let hasProperties = false
  let hasChoice = false
  scanner.readObject((name) => {
    const type = name === 'type' && scanner.peekKind() === 'string' ? scanner.readString() : null
    if (type !== null && type !== 'object') throw invalidField(`${path}.type`, 'must be "object"')
    if (type === null) {
      hasProperties ||= name === 'properties' && scanner.peekKind() === 'object'
      hasChoice ||= ROOT_CHOICES.includes(name)
      scanner.skipValue()
    } else isObject = true
  })
  return isObject && hasProperties && !hasChoice
}
