// The content of one of Claude's messages as blocks, whichever form it has.

import { type JsonObject, listOf, objectOf } from './json-value.ts'

export function blocksOf(content: unknown): readonly JsonObject[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content).map(objectOf)
}
