// Reads a Chat Completions request as DeepSeek, Qwen, Kimi or OpenAI would.

import type { Ask, OfferedTool } from './ask.ts'
import { checkChatRequest } from './chat-checks.ts'
import { type ChatProvider, plainText } from './chat-message.ts'
import { chatThinking } from './chat-thinking.ts'
import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from './json-value.ts'
import { createPromptBuilder, type Prompt, type PromptBuilder } from './prompt.ts'
import { Refusal } from './refusal.ts'
import type { SimulatedModel } from './simulated-model.ts'

export interface ChatEndpoint {
  readonly provider: ChatProvider
  readonly isBeta: boolean
}

/** Throws Refusal where the vendor answers with an error. */
export function readChatRequest(
  { provider, isBeta }: ChatEndpoint,
  model: SimulatedModel,
  body: JsonObject,
): Ask {
  const messages = listOf(body['messages']).map(objectOf)
  if (messages.length === 0)
    throw new Refusal('bad_request', { message: "'messages' must be a non-empty list", param: 'messages' })
  const effort = chatThinking(provider, model.id, body)
  checkChatRequest({ provider, isBeta, model, body, messages, isThinking: effort.tokens > 0 })
  const last = messages.at(-1)
  const isContinued = last?.['prefix'] === true || last?.['partial'] === true
  const asked = isContinued ? messages.findLast(({ role }) => role === 'user') : last
  return {
    model,
    prompt: readPrompt(body, messages),
    lastText: plainText(asked?.['role'] === 'user' ? asked['content'] : ''),
    written: isContinued ? plainText(last?.['content']) : null,
    tools: readTools(body),
    toolChoice: readToolChoice(body),
    // Qwen calls one tool at a time unless told otherwise; the others call several unless told not to.
    allowsParallelCalls:
      provider === 'alibaba' ? body['parallel_tool_calls'] === true : body['parallel_tool_calls'] !== false,
    format: readFormat(body, messages),
    thinkingTokens: effort.tokens,
    reasoning: provider === 'openai' ? 'hidden' : 'shown',
    earlierCalls: messages.flatMap((message) => listOf(message['tool_calls'])).length,
    outputCap: numberOf(body['max_completion_tokens']) ?? numberOf(body['max_tokens']),
    // DeepSeek knows no `n`.
    choices: provider === 'deepseek' ? 1 : (numberOf(body['n']) ?? 1),
    isStream: body['stream'] === true,
    wantsUsage: objectOf(body['stream_options'])['include_usage'] === true,
    obfuscates: provider === 'openai' && objectOf(body['stream_options'])['include_obfuscation'] !== false,
  }
}

function readPrompt(body: JsonObject, messages: readonly JsonObject[]): Prompt {
  const builder = createPromptBuilder()
  if (listOf(body['tools']).length > 0) builder.text(JSON.stringify(body['tools']))
  for (const message of messages) addMessage(builder, message)
  return builder.build(messages.length)
}

function addMessage(builder: PromptBuilder, message: JsonObject): void {
  builder.text(textOf(message['role']))
  if (typeof message['content'] === 'string') builder.text(message['content'])
  for (const part of listOf(message['content']).map(objectOf)) {
    if (typeof part['text'] === 'string') builder.text(part['text'])
    else builder.image(JSON.stringify(part))
  }
  if (message['tool_calls'] !== undefined) builder.text(JSON.stringify(message['tool_calls']))
}

function readTools(body: JsonObject): readonly OfferedTool[] {
  return listOf(body['tools'])
    .map((tool) => objectOf(objectOf(tool)['function']))
    .map((definition) => ({ name: textOf(definition['name']), schema: definition['parameters'] }))
}

function readToolChoice(body: JsonObject): Ask['toolChoice'] {
  const choice = body['tool_choice']
  if (isObject(choice)) return { name: textOf(objectOf(choice['function'])['name']) }
  if (choice === 'none') return 'none'
  return choice === 'required' ? 'any' : 'auto'
}

function readFormat(body: JsonObject, messages: readonly JsonObject[]): Ask['format'] {
  const format = objectOf(body['response_format'])
  if (format['type'] === 'json_object') return readToldSchema(messages) ?? 'json'
  if (format['type'] === 'json_schema') return { schema: objectOf(format['json_schema'])['schema'] }
  return 'text'
}

/** In JSON mode a model follows a schema that its instructions end with. */
function readToldSchema(messages: readonly JsonObject[]): Ask['format'] | null {
  for (const { role, content } of messages) {
    const told = role === 'system' ? /JSON schema[^\n]*\n(\{.*\})$/s.exec(plainText(content))?.[1] : undefined
    if (told !== undefined) return { schema: JSON.parse(told) }
  }
  return null
}
