// What the real Chat Completions endpoints refuse in a turn that an application sends back, or in the name of who spoke. Wording:
// openai/openai-python 2061, run-llama/llama_index 17921, ag2ai/ag2 451, carlrobertoh/ProxyAI 834, HKUDS/nanobot 1487.

import type { ChatProvider } from './chat-message.ts'
import { isObject, type JsonObject, listOf, objectOf, textOf } from './json-value.ts'
import { Refusal } from './refusal.ts'

export function checkTurn(provider: ChatProvider, message: JsonObject, index: number): void {
  const { role, content, tool_calls: calls } = message
  if (provider === 'openai') checkOpenAiTurn(message, index)
  if (listOf(content).some((part) => objectOf(part)['type'] === 'refusal') && provider !== 'openai')
    refuse('Failed to deserialize the JSON body: unknown variant `refusal`, expected `text`')
  if (provider === 'deepseek' && role === 'assistant' && content == null && listOf(calls).length === 0)
    refuse('Invalid assistant message: content or tool_calls must be set')
  if (provider === 'alibaba' && listOf(calls).some((call) => !hasObject(objectOf(call))))
    refuse(
      '<400> InternalError.Algo.InvalidParameter: The "function.arguments" parameter of the code model must be in JSON format.',
    )
}

function checkOpenAiTurn(message: JsonObject, index: number): void {
  const { role, content, tool_calls: calls, name } = message
  const unknown = ['reasoning_content', 'reasoning', 'reasoning_details'].find((one) => one in message)
  if (unknown !== undefined)
    throw new Refusal('bad_request', {
      message: `Unknown parameter: 'messages[${index}].${unknown}'.`,
      param: `messages[${index}].${unknown}`,
      code: 'unknown_parameter',
    })
  if (Array.isArray(calls) && calls.length === 0)
    throw new Refusal('bad_request', {
      message: `Invalid 'messages[${index}].tool_calls': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
      param: `messages[${index}].tool_calls`,
      code: 'empty_array',
    })
  const isOther = [calls, message['refusal'], message['audio'], message['function_call']].some(
    (value) => value != null,
  )
  if (role === 'assistant' && content == null && !isOther)
    throw new Refusal('bad_request', {
      message: "Invalid value for 'content': expected a string, got null.",
      param: `messages.[${index}].content`,
    })
  if (name !== undefined && !/^[^\s<|\\/>]{1,64}$/.test(textOf(name)))
    throw new Refusal('bad_request', {
      message: `Invalid 'messages[${index}].name': string does not match pattern. Expected a string that matches the pattern '^[^\\s<|\\\\/>]+$'.`,
      param: `messages[${index}].name`,
      code: 'invalid_value',
    })
  checkCallIds(message, index)
}

const LONGEST_CALL_ID = 40

function checkCallIds(message: JsonObject, index: number): void {
  const ids = listOf(message['tool_calls']).map((call) => textOf(objectOf(call)['id']))
  const place = ids.findIndex((id) => id.length === 0 || id.length > LONGEST_CALL_ID)
  const param = `messages[${index}].tool_calls[${place}].id`
  if (place !== -1)
    throw new Refusal('bad_request', {
      message: `Invalid '${param}': string too long. Expected a string with maximum length ${LONGEST_CALL_ID}, but got a string with length ${ids[place]?.length} instead.`,
      param,
      code: 'string_above_max_length',
    })
  if (new Set(ids).size < ids.length) refuse(`Duplicate call_ids submitted: ${JSON.stringify(ids)}`)
}

function hasObject(call: JsonObject): boolean {
  try {
    return isObject(JSON.parse(textOf(objectOf(call['function'])['arguments'])))
  } catch {
    return false
  }
}

function refuse(message: string): never {
  throw new Refusal('bad_request', { message })
}
