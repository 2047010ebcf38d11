// The items of a response as the turn that its model wants back. Without ids: by an id the vendor looks for the items that
// belonged to it and refuses what it does not find, and its own command-line client (openai/codex) sends none either.

import { type JsonRecord, textOf } from '../json-record.ts'
import type { TurnPart } from '../turn-parts.ts'

export function turnPart(item: JsonRecord): readonly TurnPart[] {
  switch (item['type']) {
    case 'reasoning': {
      const { id: _, status: __, ...value } = item
      // Nothing is stored at the vendor: without its sealed content it is not known there.
      return textOf(value['encrypted_content']) === null ? [] : [{ kind: 'reasoning', value }]
    }
    case 'message':
      return [{ kind: 'text' }]
    case 'function_call':
    case 'custom_tool_call':
      return [{ kind: 'call', id: textOf(item['call_id']) ?? '', name: textOf(item['name']) ?? '' }]
    default:
      return []
  }
}
