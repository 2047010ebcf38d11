// A response of the Responses API → OpenAI's chat completion.

import type { AttemptFailure } from '../../core/failure.ts'
import { isRecord, type JsonRecord, parseJson, recordsOf, textOf } from '../json-record.ts'
import { MalformedAnswerError, type ProviderAnswer, type ReadOptions } from '../provider.ts'
import { writeAnswer } from '../translated-answer.ts'
import { contentBytes } from '../wire-chunk.ts'
import { readStreamFailure } from '../wire-error.ts'
import { responsesErrors } from './errors.ts'
import { turnPart } from './turn.ts'
import { readResponsesUsage } from './usage.ts'

/** What a response repeats of its request, or says of itself in words that the completion has others for. */
const NOT_FOR_CLIENTS = new Set(
  (
    'background completed_at created_at error id include incomplete_details instructions max_output_tokens max_tool_calls ' +
    'metadata model object output output_text parallel_tool_calls previous_response_id prompt prompt_cache_key reasoning ' +
    'safety_identifier status store temperature text tool_choice tools top_logprobs top_p truncation user'
  ).split(' '),
)

/** Throws MalformedAnswerError. */
export function readResponsesAnswer(
  bytes: Uint8Array,
  { startedAtMs, keepsTurn }: ReadOptions,
): ProviderAnswer {
  const response = parseJson(Buffer.from(bytes).toString('utf8'))
  if (!isRecord(response) || !Array.isArray(response['output']))
    throw new MalformedAnswerError('the answer is not a response')
  const { id, model, created_at: createdAt, usage } = response
  const items = recordsOf(response['output'])
  const message = readMessage(items)
  return {
    ...writeAnswer({
      ...Object.fromEntries(Object.entries(response).filter(([name]) => !NOT_FOR_CLIENTS.has(name))),
      id,
      object: 'chat.completion',
      created: typeof createdAt === 'number' ? createdAt : Math.floor(startedAtMs / 1000),
      model,
      choices: [
        { index: 0, message, finish_reason: finishReason(response, 'tool_calls' in message), logprobs: null },
      ],
    }),
    reportedUsage: usage,
    usage: readResponsesUsage(usage),
    outputBytes: contentBytes(message),
    serviceTier: textOf(response['service_tier']),
    failure: response['status'] === 'failed' ? readFailure(response) : null,
    turn: keepsTurn === true ? items.flatMap(turnPart) : [],
  }
}

export function readFailure({ error }: JsonRecord): AttemptFailure {
  return readStreamFailure(isRecord(error) ? error : {}, responsesErrors)
}

export function finishReason({ status, incomplete_details: details }: JsonRecord, hasCalls: boolean): string {
  const reason = isRecord(details) ? details['reason'] : null
  if (reason === 'content_filter') return 'content_filter'
  if (status === 'incomplete') return 'length'
  return hasCalls ? 'tool_calls' : 'stop'
}

function readMessage(items: readonly JsonRecord[]): JsonRecord {
  const parts = items.filter(({ type }) => type === 'message').flatMap(({ content }) => recordsOf(content))
  const text = parts.map((part) => textOf(part['text']) ?? '').join('')
  const refusals = parts.flatMap((part) => textOf(part['refusal']) ?? [])
  const reasoning = items.filter(({ type }) => type === 'reasoning').flatMap(reasoningTexts)
  const calls = items.flatMap((item) => toolCall(item) ?? [])
  return {
    role: 'assistant',
    content: text === '' && (calls.length > 0 || refusals.length > 0) ? null : text,
    refusal: refusals.length === 0 ? null : refusals.join(''),
    ...(reasoning.length === 0 ? {} : { reasoning_content: reasoning.join('\n\n') }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  }
}

/** Summaries, where an account gets them, or the reasoning itself, which open models show. */
function reasoningTexts({ summary, content }: JsonRecord): readonly string[] {
  return [...recordsOf(summary), ...recordsOf(content)].flatMap((part) => textOf(part['text']) ?? [])
}

export function toolCall({ type, call_id: id, name, arguments: text, input }: JsonRecord): JsonRecord | null {
  if (type === 'function_call') return { id, type: 'function', function: { name, arguments: text ?? '' } }
  return type === 'custom_tool_call' ? { id, type: 'custom', custom: { name, input: input ?? '' } } : null
}
