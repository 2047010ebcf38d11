// OpenAI's chat request → Claude's Messages request. Facts: platform.claude.com, Messages API (read 2026-10).

import { createHash } from 'node:crypto'
import { isSent, withinRange } from '../../core/hints.ts'
import type { Route } from '../../core/route.ts'
import { askedSchema, fitSchema } from '../../core/schema-subset.ts'
import { rootedSchema } from '../../core/tool-schema.ts'
import type { UpstreamRequest } from '../../core/upstream-request.ts'
import type { ChatRequest } from '../../openai/chat-request.ts'
import { type CallIdRules, changedCallIds, withCallIds } from '../call-ids.ts'
import { isRecord, type JsonRecord, recordsOf, textOf } from '../json-record.ts'
import type { Target } from '../provider.ts'
import { originalNames, renamedTools, withToolNames } from '../tool-names.ts'
import type { TurnPart } from '../turn-parts.ts'
import { fitCacheMarks } from './cache-marks.ts'
import {
  assistantBlocks,
  type Block,
  markedBlocks,
  textBlocks,
  toolResultBlock,
  userBlocks,
} from './content.ts'
import { canBeStrict, lossesOf } from './losses.ts'
import { readThinking } from './thinking.ts'

const CALL_IDS: CallIdRules = { pattern: /^[a-zA-Z0-9_-]+$/, uniqueIn: 'conversation' }

export function buildClaudeRequest(
  request: ChatRequest,
  { route, outputCap, recalled = NOTHING_RECALLED }: Target,
): UpstreamRequest {
  const names = renamedTools(request, route)
  // Names that were changed are changed back as the answer passes, which only a stream does.
  const isStream = request.isStream || names.size > 0
  const body = withToolNames(request.json(), names)
  const { thinking, effort, isOff } = readThinking(request, route)
  const kept = isOff ? NOTHING_RECALLED : recalled
  const ids = changedCallIds(request, CALL_IDS)
  const renamed = recordsOf(body['messages']).map((message, index) => withCallIds(message, ids.get(index)))
  const { system, messages } = splitMessages(renamed, kept)
  const format = outputFormat(body['response_format'])
  const { stops } = request.features
  const output = { ...(effort === null ? {} : { effort }), ...(format === null ? {} : { format }) }
  const claude = {
    model: route.model,
    max_tokens: request.maxOutputTokens ?? outputCap ?? route.maxOutputTokens,
    ...(system.length === 0 ? {} : { system }),
    messages,
    ...tools(body),
    ...(thinking === null ? {} : { thinking }),
    ...(Object.keys(output).length === 0 ? {} : { output_config: output }),
    ...(stops.length === 0 ? {} : { stop_sequences: stops }),
    ...sampling(request, route),
    ...(typeof body['user'] === 'string' ? { metadata: { user_id: opaqueId(body['user']) } } : {}),
    ...(isRecord(body['cache_control']) ? { cache_control: body['cache_control'] } : {}),
    ...(isStream ? { stream: true } : {}),
  }
  const { body: fitted, isLess } = isMarked(request) ? fitCacheMarks(claude) : { body: claude, isLess: false }
  const losses = lossesOf(request, route, kept)
  return {
    method: 'POST',
    path: '/v1/messages',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: Buffer.from(JSON.stringify(fitted)),
    isStream,
    toolNames: originalNames(names),
    dropped: isLess ? [...new Set([...losses, 'cache_control'])] : losses,
  }
}

function isMarked({ features, messages, members }: ChatRequest): boolean {
  if (features.hasToolCacheMark || members.has('cache_control')) return true
  return messages.some(({ hasCacheMark }) => hasCacheMark)
}

const NOTHING_RECALLED: NonNullable<Target['recalled']> = new Map()

interface Turn {
  readonly role: 'user' | 'assistant'
  readonly content: Block[]
}

/** A conversation has to begin with the user. */
const OPENING: Turn = {
  role: 'user',
  content: [{ type: 'text', text: '(The conversation begins here.)' }],
}

/** Instructions stand apart; turns of the same role in a row become one, tool results being the user's. */
function splitMessages(
  messages: readonly JsonRecord[],
  recalled: NonNullable<Target['recalled']>,
): { system: Block[]; messages: Turn[] } {
  const system: Block[] = []
  const turns: Turn[] = []
  for (const [index, message] of messages.entries()) {
    const role = textOf(message['role'])
    const content = markedBlocks(message, blocksOf(message, recalled.get(index)))
    if (role === 'system' || role === 'developer') {
      system.push(...content)
      continue
    }
    const speaker = role === 'assistant' ? 'assistant' : 'user'
    const last = turns.at(-1)
    if (last?.role === speaker) last.content.push(...content)
    else turns.push({ role: speaker, content: [...content] })
  }
  const spoken = turns.filter((turn) => turn.content.length > 0)
  return { system, messages: spoken[0]?.role === 'user' ? spoken : [OPENING, ...spoken] }
}

function blocksOf(message: JsonRecord, kept: readonly TurnPart[] | undefined): readonly Block[] {
  const { role } = message
  if (role === 'assistant') return assistantBlocks(message, kept)
  if (role === 'tool') return [toolResultBlock(message)]
  return role === 'user' ? userBlocks(message['content']) : textBlocks(message['content'])
}

function tools(body: JsonRecord): Record<string, unknown> {
  const allowed = allowedTools(body['tool_choice'])
  const offered = recordsOf(body['tools']).flatMap((tool) => {
    const described = tool['function']
    if (!isRecord(described) || allowed?.names.has(described['name']) === false) return []
    return [
      {
        name: described['name'],
        ...(described['description'] === undefined ? {} : { description: described['description'] }),
        ...inputSchema(described),
        ...(isRecord(tool['cache_control']) ? { cache_control: tool['cache_control'] } : {}),
      },
    ]
  })
  if (offered.length === 0) return {}
  const choice = toolChoice(allowed === null ? body['tool_choice'] : allowed.mode)
  const single =
    body['parallel_tool_calls'] === false && choice?.['type'] !== 'none'
      ? { disable_parallel_tool_use: true }
      : {}
  if (choice === null && Object.keys(single).length === 0) return { tools: offered }
  return { tools: offered, tool_choice: { ...(choice ?? { type: 'auto' }), ...single } }
}

/** `allowed_tools` narrows the list for one turn: Claude gets the shorter list. */
function allowedTools(choice: unknown): { names: ReadonlySet<unknown>; mode: unknown } | null {
  if (!isRecord(choice) || !isRecord(choice['allowed_tools'])) return null
  const { tools: listed, mode } = choice['allowed_tools']
  const names = recordsOf(listed).map(({ function: named }) => (isRecord(named) ? named['name'] : undefined))
  return { names: new Set(names), mode }
}

function toolChoice(choice: unknown): Record<string, unknown> | null {
  if (choice === 'auto' || choice === 'none') return { type: choice }
  if (choice === 'required') return { type: 'any' }
  const named = isRecord(choice) && isRecord(choice['function']) ? choice['function'] : null
  return named === null ? null : { type: 'tool', name: named['name'] }
}

function outputFormat(format: unknown): Record<string, unknown> | null {
  if (!isRecord(format) || format['type'] !== 'json_schema') return null
  return { type: 'json_schema', schema: fitSchema(askedSchema(format), 'claude').schema }
}

/** Strict where that can be told; `losses.ts` names where it cannot. */
function inputSchema(described: JsonRecord): Record<string, unknown> {
  const { schema } = rootedSchema(described['parameters'])
  if (!canBeStrict(described)) return { input_schema: schema }
  return { input_schema: fitSchema(schema, 'claude').schema, strict: true }
}

const OPAQUE = /^(?!\+?\d{7,}$)[\w-]{1,256}$/

/** Who can be told by it, by address or telephone, is refused (BerriAI/litellm 10106): a digest says as much to Claude. */
function opaqueId(user: string): string {
  return OPAQUE.test(user) ? user : createHash('sha256').update(user).digest('hex')
}

/** Older models take them. */
function sampling({ hints }: ChatRequest, route: Route): Record<string, unknown> {
  const sent = SAMPLING.filter((name) => hints.has(name) && isSent(route, name, hints))
  return Object.fromEntries(sent.map((name) => [name, withinRange(route, name, hints.get(name))]))
}

const SAMPLING = ['temperature', 'top_p', 'top_k'] as const
