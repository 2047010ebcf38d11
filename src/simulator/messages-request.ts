// Reads an Anthropic Messages request as the real endpoint would: strictly, an unknown field is an error.

import type { Ask } from './ask.ts'
import { claudeImageComplaint } from './image-checks.ts'
import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from './json-value.ts'
import { blocksOf } from './message-blocks.ts'
import { checkMessagesDetails } from './messages-checks.ts'
import { readThinking } from './messages-thinking.ts'
import { factsOf } from './model-facts.ts'
import { createPromptBuilder, type Prompt, type PromptBuilder } from './prompt.ts'
import { Refusal } from './refusal.ts'
import { claudeRootComplaint } from './schema-checks.ts'
import type { SimulatedModel } from './simulated-model.ts'

const FIELDS = new Set(
  (
    'model messages max_tokens system metadata stop_sequences stream temperature top_p top_k tools tool_choice thinking ' +
    'output_config service_tier container context_management cache_control inference_geo'
  ).split(' '),
)

/** Throws Refusal where the real endpoint answers with an error. */
export function readMessagesRequest(model: SimulatedModel, body: JsonObject): Ask {
  const messages = listOf(body['messages']).map(objectOf)
  checkFields(model, body)
  checkMessages(model, messages)
  checkMessagesDetails(model, body)
  const thinking = readThinking(model, body, messages)
  checkToolChoice(body)
  const last = messages.at(-1)
  return {
    model,
    prompt: readPrompt(body, messages),
    lastText: lastText(last?.['content']),
    written: null,
    tools: listOf(body['tools'])
      .map(objectOf)
      .map((tool) => ({ name: textOf(tool['name']), schema: tool['input_schema'] })),
    toolChoice: readToolChoice(body),
    allowsParallelCalls: objectOf(body['tool_choice'])['disable_parallel_tool_use'] !== true,
    format: readFormat(body),
    thinkingTokens: thinking.tokens,
    reasoning: thinking.isShown ? 'shown' : 'sealed',
    earlierCalls: messages
      .flatMap(({ content }) => blocksOf(content))
      .filter(({ type }) => type === 'tool_use').length,
    outputCap: numberOf(body['max_tokens']),
    choices: 1,
    isStream: body['stream'] === true,
    wantsUsage: true,
    obfuscates: false,
  }
}

function refuse(message: string): never {
  throw new Refusal('bad_request', { message })
}

function checkFields(model: SimulatedModel, body: JsonObject): void {
  const unknown = Object.keys(body).find((name) => !FIELDS.has(name))
  if (unknown !== undefined) refuse(`${unknown}: Extra inputs are not permitted`)
  const cap = body['max_tokens']
  if (cap === undefined) refuse('max_tokens: Field required')
  if (typeof cap !== 'number' || !Number.isInteger(cap) || cap < 1)
    refuse('max_tokens: Input should be greater than or equal to 1')
  if (cap > model.maxOutputTokens)
    refuse(
      `max_tokens: ${cap} > ${model.maxOutputTokens}, which is the maximum allowed number of output tokens for ${model.id}`,
    )
  if (!factsOf('anthropic', model.id).refusesSampling) return
  const sampling = ['temperature', 'top_p', 'top_k'].find((name) => body[name] !== undefined)
  if (sampling !== undefined) refuse(`\`${sampling}\` is deprecated for this model.`)
}

function checkMessages(model: SimulatedModel, messages: readonly JsonObject[]): void {
  if (messages.length === 0) refuse('messages: at least one message is required')
  const ids = new Set<unknown>()
  for (const [index, { role, content }] of messages.entries()) {
    if (role !== 'user' && role !== 'assistant')
      refuse(`messages.${index}.role: Input should be 'user' or 'assistant'`)
    const used = blocksOf(content).filter(({ type }) => type === 'tool_use')
    for (const [place, { id }] of used.entries()) {
      if (!/^[a-zA-Z0-9_-]+$/.test(textOf(id)))
        refuse(
          `messages.${index}.content.${place}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`,
        )
      if (ids.has(id)) refuse(`messages.${index}.content.${place}: \`tool_use\` ids must be unique`)
      ids.add(id)
    }
    const results = blocksOf(messages[index + 1]?.['content'])
      .filter(({ type }) => type === 'tool_result')
      .map((block) => block['tool_use_id'])
    const double = results.find((id, place) => results.indexOf(id) < place)
    if (double !== undefined)
      refuse(
        `messages.${index + 1}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${textOf(double)}`,
      )
    const open = used.find(({ id }) => !results.includes(id))
    if (open !== undefined)
      refuse(
        `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${textOf(open['id'])}`,
      )
    const hasImage = blocksOf(content).some(({ type }) => type === 'image')
    for (const [place, block] of blocksOf(content).entries()) {
      const source = objectOf(block['source'])
      const complaint =
        block['type'] === 'image' && source['type'] === 'base64'
          ? claudeImageComplaint(textOf(source['media_type']), textOf(source['data']))
          : null
      if (complaint !== null) refuse(`messages.${index}.content.${place}.image.${complaint}`)
    }
    if (hasImage && model.images === 'none') refuse(`messages.${index}: this model does not accept images`)
  }
  if (messages[0]?.['role'] !== 'user') refuse('messages: first message must use the "user" role')
  if (messages.at(-1)?.['role'] === 'assistant')
    refuse(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    )
}

function checkToolChoice(body: JsonObject): void {
  for (const [index, tool] of listOf(body['tools']).map(objectOf).entries()) {
    const isServerTool = typeof tool['type'] === 'string' && tool['type'] !== 'custom'
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(textOf(tool['name'])))
      refuse(`tools.${index}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`)
    if (!isServerTool && !isObject(tool['input_schema']))
      refuse(`tools.${index}.input_schema: Field required`)
    const complaint = isServerTool ? null : claudeRootComplaint(objectOf(tool['input_schema']))
    if (complaint !== null) refuse(`tools.${index}.custom.input_schema: ${complaint}`)
  }
  const isForced = ['any', 'tool'].includes(textOf(objectOf(body['tool_choice'])['type']))
  if (isForced && objectOf(body['thinking'])['type'] === 'enabled')
    refuse('Thinking may not be enabled when tool_choice forces tool use.')
}

function readToolChoice(body: JsonObject): Ask['toolChoice'] {
  const { type, name } = objectOf(body['tool_choice'])
  if (type === 'none' || type === 'any') return type
  return type === 'tool' ? { name: textOf(name) } : 'auto'
}

function readFormat(body: JsonObject): Ask['format'] {
  const format = objectOf(objectOf(body['output_config'])['format'])
  if (format['type'] === 'json_schema') return { schema: format['schema'] }
  // Without a switch for plain JSON, a model that is told to answer in JSON does so.
  const system = blocksOf(body['system']).map(({ text }) => textOf(text))
  return /\bjson\b/i.test(system.join(' ')) ? 'json' : 'text'
}

function readPrompt(body: JsonObject, messages: readonly JsonObject[]): Prompt {
  const builder = createPromptBuilder()
  for (const tool of listOf(body['tools']).map(objectOf)) addBlock(builder, tool)
  for (const block of blocksOf(body['system'])) addBlock(builder, block)
  for (const message of messages) {
    builder.text(textOf(message['role']))
    for (const block of blocksOf(message['content'])) addBlock(builder, block)
  }
  if (isObject(body['cache_control'])) builder.mark(body['cache_control']['ttl'] === '1h')
  return builder.build(messages.length)
}

function addBlock(builder: PromptBuilder, block: JsonObject): void {
  const { cache_control: mark, ...content } = block
  if (content['type'] === 'image') builder.image(JSON.stringify(content['source']))
  else if (typeof content['text'] === 'string') builder.text(content['text'])
  else builder.text(JSON.stringify(content))
  if (isObject(mark)) builder.mark(mark['ttl'] === '1h')
}

/** What the user wrote last; results of tools, whose text stands inside of them, are not a question. */
function lastText(content: unknown): string {
  return blocksOf(content)
    .map(({ text }) => textOf(text))
    .join(' ')
    .trim()
}
