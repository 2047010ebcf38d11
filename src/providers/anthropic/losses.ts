// What of a request Claude's API has no place for: named to the client, since nothing is dropped in silence.

import { HINTS, lostHints } from '../../core/hints.ts'
import type { Route } from '../../core/route.ts'
import { fitSchema } from '../../core/schema-subset.ts'
import { rootedSchema } from '../../core/tool-schema.ts'
import type { ChatRequest } from '../../openai/chat-request.ts'
import { isRecord, type JsonRecord, recordsOf, textOf } from '../json-record.ts'
import { lostRoots } from '../wire-tools.ts'

/** Members that travel in Claude's words, that the gateway answers itself, or that make the route ineligible where set. */
const CARRIED = new Set<string>([
  'model',
  'messages',
  'stream',
  'stream_options',
  'routing',
  'max_tokens',
  'max_completion_tokens',
  'reasoning_effort',
  'tools',
  'tool_choice',
  'response_format',
  'stop',
  'n',
  'modalities',
  // Whether they are lost is said with the other hints.
  ...HINTS,
])

const PARTS = new Set(['text', 'refusal', 'image_url', 'file'])

/** Names of members, of kinds of content parts and of kinds of tools; each once. `restored`: turns with their thinking. */
export function lossesOf(
  request: ChatRequest,
  route: Route,
  restored: ReadonlyMap<number, unknown>,
): readonly string[] {
  const body = request.json()
  const losses = new Set<string>([...lostHints(route, request), ...lostRoots(request)])
  for (const [name, value] of Object.entries(body))
    if (!CARRIED.has(name) && !isNothing(value)) losses.add(name)
  for (const tool of recordsOf(body['tools']))
    if (!isRecord(tool['function'])) losses.add(`tools.${textOf(tool['type']) ?? 'unknown'}`)
    else if (tool['function']['strict'] === true && !canBeStrict(tool['function'])) losses.add('tools.strict')
  for (const [index, message] of recordsOf(body['messages']).entries()) {
    for (const name of ['name', 'reasoning_content', 'reasoning', 'audio', 'function_call'])
      if (!isNothing(message[name]) && !(name === 'reasoning_content' && restored.has(index)))
        losses.add(`messages.${name}`)
    for (const part of recordsOf(message['content'])) {
      const type = textOf(part['type']) ?? 'unknown'
      if (!PARTS.has(type)) losses.add(`content.${type}`)
      if (isRecord(part['image_url']) && !isNothing(part['image_url']['detail'])) losses.add('content.detail')
    }
  }
  return [...losses]
}

/** Whether a strict tool's schema can be told exactly. */
export function canBeStrict({ strict, parameters }: JsonRecord): boolean {
  if (strict !== true) return false
  const { schema, isExact } = rootedSchema(parameters)
  return isExact && fitSchema(schema, 'claude').isExact
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === false || value === '' || value === 'auto'
}
