// The tool calls of an assistant's message: their ids, and whether each says what was called and with what. Every provider
// refuses one that does not.

import { invalidField } from './invalid-field.ts'
import type { JsonScanner } from './json-scanner.ts'

/** The ids of the calls in the list here; null where there is no list. `path` names the message. */
export function readCallIds(scanner: JsonScanner, path: string): string[] | null {
  if (scanner.peekKind() !== 'array') {
    scanner.skipValue()
    return null
  }
  const ids: string[] = []
  scanner.readArray((index) => {
    ids.push(readCallId(scanner, `${path}.tool_calls[${index}]`))
  })
  return ids
}

function readCallId(scanner: JsonScanner, path: string): string {
  if (scanner.peekKind() !== 'object') throw invalidField(path, 'must be an object with "id" and "function"')
  let id: string | null = null
  let isSaid = false
  scanner.readObject((name) => {
    const kind = scanner.peekKind()
    if (name === 'id' && kind === 'string') id = scanner.readString()
    else if (kind === 'object' && (name === 'function' || name === 'custom')) {
      readCalled(scanner, `${path}.${name}`, name === 'function' ? 'arguments' : 'input')
      isSaid = true
    } else scanner.skipValue()
  })
  if (id === null) throw invalidField(`${path}.id`, 'is missing; it must be a string')
  if (!isSaid)
    throw invalidField(`${path}.function`, 'is missing; it must be an object with "name" and "arguments"')
  return id
}

/** `given`: the member with what the call was given, as the model wrote it. */
function readCalled(scanner: JsonScanner, path: string, given: string): void {
  let hasName = false
  let hasGiven = false
  scanner.readObject((name) => {
    const isString = scanner.peekKind() === 'string'
    hasName ||= name === 'name' && isString
    hasGiven ||= name === given && isString
    scanner.skipValue()
  })
  if (!hasName) throw invalidField(`${path}.name`, 'is missing; it must be a string')
  if (!hasGiven)
    throw invalidField(`${path}.${given}`, 'is missing; it must be a string, as the model wrote it')
}
