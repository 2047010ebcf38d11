// An answer that had to be translated, as the JSON object that a client gets.

import { outlineObject } from '../openai/json-outline.ts'
import type { ProviderAnswer } from './provider.ts'

export function writeAnswer(body: object): Pick<ProviderAnswer, 'json' | 'members'> {
  const json = Buffer.from(JSON.stringify(body))
  return { json, members: outlineObject(json, { allowsAnyText: true }) }
}
