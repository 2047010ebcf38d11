// Content of an item of the Responses API, whichever form it has.

import { listOf, objectOf, textOf } from './json-value.ts'

export function plainInput(content: unknown): string {
  if (typeof content === 'string') return content
  return listOf(content)
    .map((part) => textOf(objectOf(part)['text']))
    .join(' ')
}
