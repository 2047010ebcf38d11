// OpenAI's chat request → its Responses request, stateless: nothing is stored there, and what the model thought comes back
// sealed, to be given again with the next turn. Facts: the openai 7.57 client's types (2026-11-13).

import { HINTS, isSent, sellsTier } from '../../core/hints.ts'
import type { Route } from '../../core/route.ts'
import type { UpstreamRequest } from '../../core/upstream-request.ts'
import type { ChatRequest } from '../../openai/chat-request.ts'
import { editObject } from '../../openai/json-edit.ts'
import { type CallIdRules, changedCallIds, withCallIds } from '../call-ids.ts'
import { isRecord, type JsonRecord, recordsOf } from '../json-record.ts'
import { FOREIGN } from '../openai-foreign.ts'
import type { Target } from '../provider.ts'
import { originalNames, renamedTools, withToolNames } from '../tool-names.ts'
import { JSON_WORD, lacksJsonWord } from '../wire-messages.ts'
import { inputItems } from './input.ts'
import { CHAT_ONLY, lossesOf } from './losses.ts'
import { responsesTools } from './tools.ts'

const CALL_IDS: CallIdRules = { pattern: /^[^]{1,64}$/, uniqueIn: 'conversation' }

export function buildResponsesRequest(
  request: ChatRequest,
  { route, outputCap, recalled }: Target,
): UpstreamRequest {
  const names = renamedTools(request, route)
  // Names that were changed are changed back as the answer passes, which only a stream does.
  const isStream = request.isStream || names.size > 0
  const body = withToolNames(request.json(), names)
  const cap = request.maxOutputTokens ?? outputCap
  const effort = route.effort ?? request.reasoningEffort
  const word = effort === null ? undefined : route.traits.efforts.get(effort)
  const text = textConfig(body)
  const ids = changedCallIds(request, CALL_IDS)
  const messages = recordsOf(body['messages']).map((message, index) => withCallIds(message, ids.get(index)))
  const input = inputItems(messages, recalled)
  const set = {
    model: route.model,
    input: lacksJsonWord(request, route) ? [{ role: 'system', content: JSON_WORD }, ...input] : input,
    ...responsesTools(body),
    ...(cap === null ? {} : { max_output_tokens: cap }),
    ...(word === undefined ? {} : { reasoning: { effort: word } }),
    ...(Object.keys(text).length === 0 ? {} : { text }),
    ...streamOptions(body['stream_options']),
    ...(isStream ? { stream: true } : {}),
    service_tier: servedTier(request, route),
    // Elsewhere the default is to keep nothing, here it is to keep everything.
    store: body['store'] === true,
    include: ['reasoning.encrypted_content'],
  }
  return {
    method: 'POST',
    path: '/responses',
    headers: { 'content-type': 'application/json' },
    body: editObject(request.raw, request.members, {
      set: Object.fromEntries(Object.entries(set).map(([name, value]) => [name, JSON.stringify(value)])),
      remove: [
        ...CHAT_ONLY,
        ...FOREIGN,
        ...HINTS.filter((name) => !isSent(route, name, request.hints)),
      ].filter((name) => !(name in set)),
    }),
    isStream,
    toolNames: originalNames(names),
    dropped: lossesOf(request, route, recalled),
  }
}

function servedTier({ serviceTier }: ChatRequest, route: Route): string {
  return serviceTier !== null && sellsTier(route, serviceTier) ? serviceTier : 'default'
}

function textConfig({ response_format: format, verbosity }: JsonRecord): JsonRecord {
  return {
    ...(isRecord(format) && format['type'] !== 'text' ? { format: textFormat(format) } : {}),
    ...(verbosity == null ? {} : { verbosity }),
  }
}

function textFormat(format: JsonRecord): JsonRecord {
  const { json_schema: described, ...others } = format
  if (!isRecord(described)) return format
  return { ...others, ...described, strict: described['strict'] ?? false }
}

/** Usage comes unasked. */
function streamOptions(options: unknown): JsonRecord {
  if (!isRecord(options)) return {}
  const { include_usage: _, ...others } = options
  return Object.keys(others).length === 0 ? {} : { stream_options: others }
}
