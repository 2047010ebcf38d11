// Reads a request of OpenAI's Responses API as the real endpoint would.

import type { Ask, OfferedTool } from './ask.ts'
import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from './json-value.ts'
import { factsOf, thinkingTokens } from './model-facts.ts'
import { createPromptBuilder, type Prompt, type PromptBuilder } from './prompt.ts'
import { checkResponsesRequest } from './responses-checks.ts'
import { plainInput } from './responses-input.ts'
import type { SimulatedModel } from './simulated-model.ts'

/** Throws Refusal where the real endpoint answers with an error. */
export function readResponsesRequest(model: SimulatedModel, body: JsonObject): Ask {
  const items = readItems(body['input'])
  checkResponsesRequest(model, body, items)
  const { thinks, defaultEffort } = factsOf('openai', model.id)
  const last = items.at(-1)
  return {
    model,
    prompt: readPrompt(body, items),
    lastText: last?.['role'] === 'user' ? plainInput(last['content']) : '',
    written: null,
    tools: readTools(body),
    toolChoice: readToolChoice(body['tool_choice']),
    allowsParallelCalls: body['parallel_tool_calls'] !== false,
    format: readFormat(body),
    thinkingTokens:
      thinks === 'never' ? 0 : thinkingTokens(textOf(objectOf(body['reasoning'])['effort']) || defaultEffort),
    reasoning: listOf(body['include']).includes('reasoning.encrypted_content') ? 'sealed' : 'hidden',
    earlierCalls: items.filter(({ type }) => type === 'function_call').length,
    outputCap: numberOf(body['max_output_tokens']),
    choices: 1,
    isStream: body['stream'] === true,
    wantsUsage: true,
    obfuscates: objectOf(body['stream_options'])['include_obfuscation'] !== false,
  }
}

/** A string is short for one message of the user. */
function readItems(input: unknown): readonly JsonObject[] {
  return typeof input === 'string' ? [{ role: 'user', content: input }] : listOf(input).map(objectOf)
}

function readPrompt(body: JsonObject, items: readonly JsonObject[]): Prompt {
  const builder = createPromptBuilder()
  if (listOf(body['tools']).length > 0) builder.text(JSON.stringify(body['tools']))
  if (typeof body['instructions'] === 'string') builder.text(body['instructions'])
  for (const item of items) addItem(builder, item)
  return builder.build(items.length)
}

function addItem(builder: PromptBuilder, item: JsonObject): void {
  const { role, content } = item
  if (role === undefined) return builder.text(JSON.stringify(item))
  builder.text(textOf(role))
  if (typeof content === 'string') builder.text(content)
  for (const part of listOf(content).map(objectOf)) {
    if (typeof part['text'] === 'string') builder.text(part['text'])
    else builder.image(JSON.stringify(part))
  }
}

function readTools(body: JsonObject): readonly OfferedTool[] {
  return listOf(body['tools'])
    .map(objectOf)
    .map((tool) => ({ name: textOf(tool['name']), schema: tool['parameters'] }))
}

function readToolChoice(choice: unknown): Ask['toolChoice'] {
  if (!isObject(choice)) return choice === 'none' ? 'none' : choice === 'required' ? 'any' : 'auto'
  if (choice['type'] === 'allowed_tools') return choice['mode'] === 'required' ? 'any' : 'auto'
  return { name: textOf(choice['name']) }
}

function readFormat(body: JsonObject): Ask['format'] {
  const format = objectOf(objectOf(body['text'])['format'])
  if (format['type'] === 'json_object') return 'json'
  return format['type'] === 'json_schema' ? { schema: format['schema'] } : 'text'
}
