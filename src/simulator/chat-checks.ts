// What the real Chat Completions endpoints refuse, so that a request which would fail there fails here as well.

import { type ChatProvider, plainText } from './chat-message.ts'
import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from './json-value.ts'
import { factsOf, type ModelFacts } from './model-facts.ts'
import { Refusal } from './refusal.ts'
import type { SimulatedModel } from './simulated-model.ts'

export interface ChatCheck {
  readonly provider: ChatProvider
  readonly model: SimulatedModel
  readonly body: JsonObject
  readonly messages: readonly JsonObject[]
  readonly isThinking: boolean
}

export function checkChatRequest(check: ChatCheck): void {
  const facts = factsOf(check.provider, check.model.id)
  checkFields(check)
  for (const [index, message] of check.messages.entries()) checkMessage(check, message, index)
  checkLimits(check, facts)
  checkSampling(check, facts)
  checkTools(check, facts)
  checkFormat(check, facts)
}

/** OpenAI refuses any argument that it does not know; the others ignore them. */
const OPENAI_FIELDS = new Set(
  (
    'audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens messages metadata ' +
    'modalities model moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options ' +
    'prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream ' +
    'stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options'
  ).split(' '),
)

function checkFields({ provider, body }: ChatCheck): void {
  const unknown = Object.keys(body).find((name) =>
    provider === 'openai' ? !OPENAI_FIELDS.has(name) : name === 'routing' || name === 'farthing',
  )
  if (unknown !== undefined)
    throw new Refusal('bad_request', { message: `Unrecognized request argument supplied: ${unknown}` })
  if (body['stream_options'] !== undefined && body['stream'] !== true)
    refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options')
}

function checkMessage({ provider, model, isThinking }: ChatCheck, message: JsonObject, index: number): void {
  const role = textOf(message['role'])
  const roles =
    provider === 'openai'
      ? ['system', 'developer', 'user', 'assistant', 'tool']
      : ['system', 'user', 'assistant', 'tool']
  if (!roles.includes(role))
    refuse(
      `Failed to deserialize the JSON body into the target type: messages[${index}].role: unknown variant \`${role}\``,
    )
  if (provider === 'alibaba' && model.images === 'none' && Array.isArray(message['content']))
    refuse('<400> InternalError.Algo.InvalidParameter: The input content must be a string.')
  for (const part of listOf(message['content']).map(objectOf)) checkPart(provider, model, part)
  if (provider === 'openai' && 'reasoning_content' in message)
    throw new Refusal('bad_request', {
      message: `Unknown parameter: 'messages[${index}].reasoning_content'.`,
      param: `messages[${index}].reasoning_content`,
      code: 'unknown_parameter',
    })
  const lacksReasoning =
    isThinking && listOf(message['tool_calls']).length > 0 && typeof message['reasoning_content'] !== 'string'
  if (lacksReasoning && provider === 'deepseek')
    refuse('The `reasoning_content` in the thinking mode must be passed back to the API.')
  if (lacksReasoning && provider === 'moonshot')
    refuse(
      `thinking is enabled but reasoning_content is missing in assistant tool call message at index ${index}`,
    )
}

function checkPart(provider: ChatProvider, model: SimulatedModel, part: JsonObject): void {
  const type = textOf(part['type'])
  if (type === 'text' || type === 'refusal') return
  if (type !== 'image_url' || model.images === 'none')
    refuse(
      provider === 'deepseek'
        ? `Failed to deserialize the JSON body into the target type: unknown variant \`${type}\`, expected \`text\``
        : `Invalid content type: ${type} is not supported by this model.`,
    )
  const url = textOf(objectOf(part['image_url'])['url'])
  if (model.images === 'data' && !url.startsWith('data:'))
    refuse('Invalid request: unsupported image url: only base64 data and uploaded files are accepted')
}

function checkLimits({ provider, model, body }: ChatCheck, facts: ModelFacts): void {
  if (facts.refusesMaxTokens && body['max_tokens'] !== undefined)
    throw new Refusal('bad_request', {
      message:
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      param: 'max_tokens',
      code: 'unsupported_parameter',
    })
  for (const name of ['max_tokens', 'max_completion_tokens']) {
    const cap = numberOf(body[name])
    if (cap !== null && (cap < 1 || cap > model.maxOutputTokens))
      refuse(`Invalid ${name} value, the valid range is [1, ${model.maxOutputTokens}]`, name)
  }
  if (provider === 'moonshot' && (numberOf(body['n']) ?? 1) !== 1) refuse('invalid n: only 1 is allowed', 'n')
}

function checkSampling({ provider, body }: ChatCheck, facts: ModelFacts): void {
  if (!facts.refusesSampling) return
  const allowed: Readonly<Record<string, number>> = {
    temperature: 1,
    top_p: provider === 'moonshot' ? 0.95 : 1,
    presence_penalty: 0,
    frequency_penalty: 0,
  }
  for (const [name, only] of Object.entries(allowed)) {
    const value = body[name] ?? only
    if (value !== only)
      throw new Refusal('bad_request', {
        message:
          provider === 'moonshot'
            ? `invalid ${name}: only ${only} is allowed for this model`
            : `Unsupported value: '${name}' does not support ${JSON.stringify(value)} with this model.`,
        param: name,
        code: 'unsupported_value',
      })
  }
}

function checkTools({ provider, model, body, isThinking }: ChatCheck, facts: ModelFacts): void {
  if (listOf(body['tools']).length === 0) return
  const isForced = body['tool_choice'] === 'required' || isObject(body['tool_choice'])
  if (isForced && isThinking && provider === 'deepseek')
    refuse('Thinking mode does not support this tool_choice')
  if (isForced && isThinking && provider === 'alibaba')
    refuse('The tool_choice parameter does not support being set to required or object in thinking mode')
  if (provider === 'moonshot' && isObject(body['tool_choice']))
    refuse("tool_choice 'specified' is incompatible with thinking enabled")
  checkEffortWithTools({ model, body }, facts)
}

/** The wall that OpenAI put between tools and reasoning on this endpoint; its other endpoint has none. */
function checkEffortWithTools({ model, body }: Pick<ChatCheck, 'model' | 'body'>, facts: ModelFacts): void {
  const { toolsWithThinking } = facts
  const effort = body['reasoning_effort']
  const isBlocked =
    toolsWithThinking === 'never' ||
    (toolsWithThinking === 'needs_effort_none' && effort !== 'none') ||
    (toolsWithThinking === 'if_effort_unset' && effort != null)
  if (!isBlocked) return
  const wayOut =
    toolsWithThinking === 'needs_effort_none'
      ? "To use function tools, use /v1/responses or set reasoning_effort to 'none'."
      : 'Please use /v1/responses instead.'
  refuse(
    `Function tools with reasoning_effort are not supported for ${model.id} in /v1/chat/completions. ${wayOut}`,
    'reasoning_effort',
  )
}

function checkFormat({ provider, body, messages }: ChatCheck, facts: ModelFacts): void {
  const type = textOf(objectOf(body['response_format'])['type'])
  if (type === 'json_schema' && !facts.jsonSchema) refuse('This response_format type is unavailable now')
  if (
    type === 'json_object' &&
    (provider === 'deepseek' || provider === 'alibaba' || provider === 'openai')
  ) {
    if (!messages.some((message) => /json/i.test(plainText(message['content']))))
      refuse(
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      )
  }
}

function refuse(message: string, param?: string): never {
  throw new Refusal('bad_request', { message, ...(param === undefined ? {} : { param }) })
}
