// What of a request the Responses API has no place for: named to the client, since nothing is dropped in silence.

import { lostHints } from '../../core/hints.ts'
import type { Route } from '../../core/route.ts'
import type { ChatRequest } from '../../openai/chat-request.ts'
import { recordsOf } from '../json-record.ts'
import { foreignParameters } from '../openai-foreign.ts'
import { lostRoots } from '../wire-tools.ts'

/** Members of Chat Completions alone that travel in other words, or that the gateway reads itself. */
const TRANSLATED = [
  'messages',
  'routing',
  'tools',
  'tool_choice',
  'max_tokens',
  'max_completion_tokens',
  'reasoning_effort',
  'response_format',
  'verbosity',
  'stream_options',
]

/** Members of Chat Completions that have no counterpart, and sampling parameters, which models that reason refuse. */
const WITHOUT_PLACE = [
  'audio',
  'frequency_penalty',
  'function_call',
  'functions',
  'logit_bias',
  'logprobs',
  'modalities',
  'n',
  'prediction',
  'presence_penalty',
  'seed',
  'stop',
  'temperature',
  'top_logprobs',
  'top_p',
  'web_search_options',
]
export const CHAT_ONLY: ReadonlySet<string> = new Set([...TRANSLATED, ...WITHOUT_PLACE])

/** The values that ask for nothing. */
const NOTHING: Readonly<Record<string, unknown>> = { n: 1, logprobs: false }

/** `restored`: turns with their reasoning. */
export function lossesOf(
  request: ChatRequest,
  route: Route,
  restored: ReadonlyMap<number, unknown> | undefined,
): readonly string[] {
  const body = request.json()
  const losses = new Set<string>([
    ...lostHints(route, request),
    ...lostRoots(request),
    ...foreignParameters(request),
    ...WITHOUT_PLACE.filter(
      (name) => name !== 'stop' && (body[name] ?? null) !== null && body[name] !== NOTHING[name],
    ),
    ...(request.features.stops.length > 0 ? ['stop'] : []),
  ])
  for (const [index, message] of recordsOf(body['messages']).entries()) {
    for (const name of ['name', 'audio', 'function_call', 'reasoning'])
      if ((message[name] ?? '') !== '') losses.add(`messages.${name}`)
    if ((message['reasoning_content'] ?? '') !== '' && restored?.has(index) !== true)
      losses.add('messages.reasoning_content')
    for (const part of recordsOf(message['content']))
      for (const name of ['cache_control', 'input_audio']) if (name in part) losses.add(`content.${name}`)
  }
  return [...losses]
}
