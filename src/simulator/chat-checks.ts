// What the real Chat Completions endpoints refuse, so that a request which would fail there fails here as well.

import { type ContentCheck, checkContent } from './chat-content.ts'
import { type ChatProvider, plainText } from './chat-message.ts'
import { checkParameters } from './chat-parameters.ts'
import { isObject, type JsonObject, listOf, objectOf, textOf } from './json-value.ts'
import { factsOf, type ModelFacts } from './model-facts.ts'
import { Refusal } from './refusal.ts'
import { moonshotComplaint, openAiRootComplaint } from './schema-checks.ts'
import { checkTurn } from './turn-checks.ts'

export function checkChatRequest(check: ContentCheck): void {
  const facts = factsOf(check.provider, check.model.id)
  checkParameters({ ...check, facts })
  checkStreaming(check)
  for (const [index, message] of check.messages.entries()) checkMessage(check, message, index)
  checkContent(check)
  checkTools(check, facts)
  checkFormat(check, facts)
}

/** Qwen thinks aloud or not at all, and some of its models answer in no other way. */
function checkStreaming({ provider, model, body, isThinking }: ContentCheck): void {
  if (provider !== 'alibaba' || body['stream'] === true) return
  if (model.id.includes('omni'))
    refuse('This model only support stream mode, please enable the stream parameter to access the model.')
  if (isThinking) refuse('parameter.enable_thinking must be set to false for non-streaming calls')
}

function checkMessage({ provider, isThinking }: ContentCheck, message: JsonObject, index: number): void {
  const role = textOf(message['role'])
  const roles =
    provider === 'openai'
      ? ['system', 'developer', 'user', 'assistant', 'tool']
      : ['system', 'user', 'assistant', 'tool']
  if (!roles.includes(role))
    refuse(
      `Failed to deserialize the JSON body into the target type: messages[${index}].role: unknown variant \`${role}\``,
    )
  checkTurn(provider, message, index)
  if (provider === 'moonshot' && role === 'assistant' && isWordless(message))
    refuse(`Invalid request: the message at position ${index} with role 'assistant' must not be empty`)
  if (!isThinking || listOf(message['tool_calls']).length === 0) return
  const reasoning = message['reasoning_content']
  if (provider === 'deepseek' && typeof reasoning !== 'string')
    refuse('The `reasoning_content` in the thinking mode must be passed back to the API.')
  // Nobody says that an empty text would do here, as it does at DeepSeek.
  if (provider === 'moonshot' && (typeof reasoning !== 'string' || reasoning === ''))
    refuse(
      `thinking is enabled but reasoning_content is missing in assistant tool call message at index ${index}`,
    )
}

function isWordless({ content, tool_calls: calls }: JsonObject): boolean {
  return listOf(calls).length === 0 && plainText(content) === ''
}

function checkTools({ provider, model, body, isThinking }: ContentCheck, facts: ModelFacts): void {
  if (listOf(body['tools']).length === 0) return
  checkToolNames(provider, body)
  if (provider === 'openai') checkRoots(body)
  const isForced = body['tool_choice'] === 'required' || isObject(body['tool_choice'])
  if (isForced && isThinking && provider === 'deepseek')
    refuse('Thinking mode does not support this tool_choice')
  if (isForced && isThinking && provider === 'alibaba')
    refuse('The tool_choice parameter does not support being set to required or object in thinking mode')
  // K3 calls a tool when told to, but not the one that is named; K2 not even that.
  if (provider === 'moonshot' && isObject(body['tool_choice']))
    refuse("tool_choice 'specified' is incompatible with thinking enabled")
  if (provider === 'moonshot' && isForced && !model.id.startsWith('kimi-k3'))
    refuse("tool_choice 'required' is incompatible with thinking enabled")
  checkEffortWithTools({ model, body }, facts)
}

function checkRoots(body: JsonObject): void {
  for (const [index, tool] of listOf(body['tools']).map(objectOf).entries()) {
    const { name, parameters } = objectOf(tool['function'])
    const complaint = openAiRootComplaint(parameters)
    if (complaint !== null)
      throw new Refusal('bad_request', {
        message: `Invalid schema for function '${textOf(name)}': ${complaint}`,
        param: `tools[${index}].function.parameters`,
        code: 'invalid_function_parameters',
      })
  }
}

const KIMI_NAME = /^[a-zA-Z_][a-zA-Z0-9-_]{2,63}$/
const OPENAI_NAME = /^[a-zA-Z0-9_-]{1,64}$/

function checkToolNames(provider: ChatProvider, body: JsonObject): void {
  const names = listOf(body['tools']).map((tool) => textOf(objectOf(objectOf(tool)['function'])['name']))
  const isDouble = new Set(names).size < names.length
  if (provider === 'alibaba' && names.includes('search'))
    refuse('<400> InternalError.Algo.InvalidParameter: Tool names are not allowed to be [search]')
  if (provider === 'moonshot' && names.some((name) => !KIMI_NAME.test(name)))
    refuse(
      'Invalid request: function name is invalid, must start with a letter and can contain letters, numbers, underscores, and dashes',
    )
  if (provider === 'moonshot' && isDouble) refuse('Invalid request: function name is duplicated')
  if (provider === 'deepseek' && names.some((name) => name !== '' && !OPENAI_NAME.test(name)))
    refuse("Invalid 'tools[0].function.name': string does not match pattern '^[a-zA-Z0-9_-]+$'.")
  if (provider === 'openai' && names.some((name) => name !== '' && !OPENAI_NAME.test(name)))
    refuse(
      "Invalid 'tools[0].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
    )
}

/** The wall that OpenAI put between tools and reasoning on this endpoint; its other endpoint has none. */
function checkEffortWithTools(
  { model, body }: Pick<ContentCheck, 'model' | 'body'>,
  facts: ModelFacts,
): void {
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

function checkFormat({ provider, body, messages, isThinking }: ContentCheck, facts: ModelFacts): void {
  const type = textOf(objectOf(body['response_format'])['type'])
  if (provider === 'moonshot') checkSchemas(body)
  // Those that take a schema take it while thinking, too.
  if (provider === 'alibaba' && type === 'json_object' && isThinking && !facts.jsonSchema)
    refuse('Json mode response is not supported when enable_thinking is true')
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

function checkSchemas(body: JsonObject): void {
  const format = objectOf(objectOf(body['response_format'])['json_schema'])['schema']
  const formatProblem = moonshotComplaint(format)
  if (formatProblem !== null)
    refuse(
      `response_format.json_schema is not a valid moonshot flavored json schema, details: ${formatProblem}`,
    )
  for (const tool of listOf(body['tools'])) {
    const problem = moonshotComplaint(objectOf(objectOf(tool)['function'])['parameters'])
    if (problem !== null)
      refuse(`tools.function.parameters is not a valid moonshot flavored json schema, details: ${problem}`)
  }
}

function refuse(message: string, param?: string): never {
  throw new Refusal('bad_request', { message, ...(param === undefined ? {} : { param }) })
}
