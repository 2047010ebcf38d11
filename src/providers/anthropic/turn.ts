// Claude's blocks as the turn that it wants back: thinking under its signature, exactly as it came and where it stood.

import type { JsonRecord } from '../json-record.ts'
import { textOf } from '../json-record.ts'
import type { TurnPart } from '../turn-parts.ts'

export function turnPart(block: JsonRecord): readonly TurnPart[] {
  switch (block['type']) {
    case 'thinking':
    case 'redacted_thinking':
      return [{ kind: 'reasoning', value: block }]
    case 'text':
      return [{ kind: 'text' }]
    case 'tool_use':
      return [{ kind: 'call', id: textOf(block['id']) ?? '', name: textOf(block['name']) ?? '' }]
    default:
      return []
  }
}
