// What the Responses API refuses: parameters of Chat Completions, items that do not belong together, reasoning that it did
// not hand out. Wording from users' reports up to November 2026 (continuedev/continue 8933 and 10018, openai/codex 8145).

import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from './json-value.ts'
import { factsOf } from './model-facts.ts'
import { Refusal } from './refusal.ts'
import { plainInput } from './responses-input.ts'
import { openAiRootComplaint } from './schema-checks.ts'
import { openSealed } from './sealed-reasoning.ts'
import type { SimulatedModel } from './simulated-model.ts'

const FIELDS = new Set(
  (
    'access_programs background context_management conversation image include input instructions max_output_tokens ' +
    'max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key ' +
    'prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options ' +
    'temperature text tool_choice tools top_logprobs top_p truncation user'
  ).split(' '),
)
const EFFORTS = ['none', 'low', 'medium', 'high', 'xhigh', 'max']
const LEAST_OUTPUT = 16
const LONGEST_CALL_ID = 64

/** Throws Refusal. */
export function checkResponsesRequest(
  model: SimulatedModel,
  body: JsonObject,
  items: readonly JsonObject[],
): void {
  const unknown = Object.keys(body).find((name) => !FIELDS.has(name))
  if (unknown !== undefined)
    refuse(`Unknown parameter: '${unknown}'.`, { param: unknown, code: 'unknown_parameter' })
  if (items.length === 0)
    refuse("Missing required parameter: 'input'.", { param: 'input', code: 'missing_required_parameter' })
  checkSettings(model, body)
  for (const [index, tool] of listOf(body['tools']).map(objectOf).entries()) checkTool(tool, index)
  for (const [index, item] of items.entries()) checkItem(model, item, index)
  checkOrder(items)
  const format = textOf(objectOf(objectOf(body['text'])['format'])['type'])
  if (format === 'json_object' && !items.some((item) => /json/i.test(plainInput(item['content']))))
    refuse(
      "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
      { param: 'input' },
    )
}

interface Details {
  readonly param?: string
  readonly code?: string
}

function refuse(message: string, details: Details = {}): never {
  throw new Refusal('bad_request', { message, ...details })
}

function checkSettings(model: SimulatedModel, body: JsonObject): void {
  const { thinks, refusesSampling } = factsOf('openai', model.id)
  const effort = objectOf(body['reasoning'])['effort'] ?? null
  const isKnown =
    typeof effort === 'string' && EFFORTS.includes(effort) && !(effort === 'none' && thinks === 'always')
  if (effort !== null && !isKnown)
    refuse(
      `Unsupported value: ${JSON.stringify(effort)} is not supported with the '${model.id}' model. Supported values are: 'low', 'medium', 'high', 'xhigh', and 'max'.`,
      { param: 'reasoning.effort', code: 'unsupported_value' },
    )
  const sampling = ['temperature', 'top_p'].find((name) => refusesSampling && body[name] != null)
  if (sampling !== undefined)
    refuse(`Unsupported parameter: '${sampling}' is not supported with this model.`, { param: sampling })
  const cap = numberOf(body['max_output_tokens'])
  if (cap !== null && cap < LEAST_OUTPUT)
    refuse(
      `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= ${LEAST_OUTPUT}, but got ${cap} instead.`,
      { param: 'max_output_tokens', code: 'integer_below_min_value' },
    )
  if (cap !== null && cap > model.maxOutputTokens)
    refuse(`max_output_tokens is too large: ${cap}.`, { param: 'max_output_tokens' })
  if (body['stream_options'] != null && body['stream'] !== true)
    refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", {
      param: 'stream_options',
    })
}

/** Tools stand here without the wrapper that Chat Completions has, and are strict unless they say otherwise. */
function checkTool(tool: JsonObject, index: number): void {
  if (tool['type'] !== 'function') return
  const { name, parameters } = tool
  if (typeof name !== 'string' || name === '')
    refuse(`Missing required parameter: 'tools[${index}].name'.`, { param: `tools[${index}].name` })
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name))
    refuse(
      `Invalid 'tools[${index}].name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
      { param: `tools[${index}].name`, code: 'invalid_value' },
    )
  const complaint = openAiRootComplaint(parameters)
  if (complaint !== null)
    refuse(`Invalid schema for function '${name}': ${complaint}`, {
      param: `tools[${index}].parameters`,
      code: 'invalid_function_parameters',
    })
  if (tool['strict'] !== false && objectOf(parameters)['additionalProperties'] !== false)
    refuse(
      `Invalid schema for function '${name}': In context=(), 'additionalProperties' is required to be supplied and to be false.`,
      { param: `tools[${index}].parameters`, code: 'invalid_function_parameters' },
    )
}

const PART_TYPES: Readonly<Record<string, readonly string[]>> = {
  user: ['input_text', 'input_image', 'input_file'],
  system: ['input_text', 'input_image', 'input_file'],
  developer: ['input_text', 'input_image', 'input_file'],
  assistant: ['output_text', 'refusal'],
}
const ITEM_TYPES = ['function_call', 'function_call_output', 'custom_tool_call', 'custom_tool_call_output']

function checkItem(model: SimulatedModel, item: JsonObject, index: number): void {
  const type = textOf(item['type']) || 'message'
  if (type === 'reasoning') return checkReasoning(model, item, index)
  if (ITEM_TYPES.includes(type)) {
    const callId = item['call_id']
    const param = `input[${index}].call_id`
    if (typeof callId !== 'string' || callId === '')
      refuse(`Missing required parameter: '${param}'.`, { param })
    if (callId.length > LONGEST_CALL_ID)
      refuse(
        `Invalid '${param}': string too long. Expected a string with maximum length ${LONGEST_CALL_ID}, but got a string with length ${callId.length} instead.`,
        { param, code: 'string_above_max_length' },
      )
    return
  }
  const types = PART_TYPES[textOf(item['role'])]
  if (type !== 'message' || types === undefined)
    refuse(`Invalid value: '${textOf(item['role']) || type}'.`, { param: `input[${index}]` })
  const stray = Object.keys(item).find(
    (name) => !['type', 'role', 'content', 'phase', 'id', 'status'].includes(name),
  )
  if (stray !== undefined)
    refuse(`Unknown parameter: 'input[${index}].${stray}'.`, {
      param: `input[${index}].${stray}`,
      code: 'unknown_parameter',
    })
  for (const [place, part] of listOf(item['content']).map(objectOf).entries()) {
    if (!types.includes(textOf(part['type'])))
      refuse(
        `Invalid value: '${textOf(part['type'])}'. Supported values are: ${types.map((one) => `'${one}'`).join(', ')}.`,
        { param: `input[${index}].content[${place}].type`, code: 'invalid_value' },
      )
    if (part['type'] === 'input_image' && model.images === 'none')
      refuse('This model does not support images.')
  }
}

function checkReasoning(model: SimulatedModel, item: JsonObject, index: number): void {
  if (!Array.isArray(item['summary']))
    refuse(`Missing required parameter: 'input[${index}].summary'.`, { param: `input[${index}].summary` })
  const sealed = textOf(item['encrypted_content'])
  if (openSealed({ provider: 'openai', model: model.id }, sealed) === null)
    refuse(
      `The encrypted content ${sealed.slice(0, 4)}...${sealed.slice(-4)} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
      { code: 'invalid_encrypted_content' },
    )
}

/** Reasoning stands before what came of it, each call has its output, and each output its call. */
function checkOrder(items: readonly JsonObject[]): void {
  const typeAt = (index: number): string => textOf(items[index]?.['type'])
  const idsOf = (ending: string): ReadonlySet<unknown> =>
    new Set(items.filter(({ type }) => textOf(type).endsWith(ending)).map((item) => item['call_id']))
  const calls = idsOf('_call')
  const outputs = idsOf('_output')
  const double = items.filter(({ type }) => textOf(type).endsWith('_output')).length > outputs.size
  if (double) refuse(`Duplicate call_ids submitted: ${JSON.stringify([...outputs])}`, { param: 'input' })
  for (const [index, item] of items.entries()) {
    const isAnswer = typeAt(index + 1).endsWith('_call') || items[index + 1]?.['role'] === 'assistant'
    if (typeAt(index) === 'reasoning' && !isAnswer && typeAt(index + 1) !== 'reasoning')
      refuse(
        `Item '${textOf(item['id'])}' of type 'reasoning' was provided without its required following item.`,
        { param: 'input' },
      )
    if (typeAt(index).endsWith('_output') && !calls.has(item['call_id']))
      refuse(`No tool call found for function call output with call_id ${textOf(item['call_id'])}.`, {
        param: 'input',
      })
    if (typeAt(index).endsWith('_call') && !outputs.has(item['call_id']))
      refuse(`No tool output found for function call ${textOf(item['call_id'])}.`, { param: 'input' })
    const needed = isObject(items[index - 1]) && typeAt(index - 1) === 'reasoning'
    if (textOf(item['id']).startsWith('fc_') && !needed && typeAt(index - 1) !== 'function_call')
      refuse(
        `Item '${textOf(item['id'])}' of type 'function_call' was provided without its required 'reasoning' item.`,
        { param: 'input' },
      )
  }
}
