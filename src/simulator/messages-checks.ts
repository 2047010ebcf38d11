// What else the real Messages API refuses: sampling of older models, blank stop sequences, empty text, marks for the cache
// that are too many or in the wrong order.

import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from './json-value.ts'
import { blocksOf } from './message-blocks.ts'
import { factsOf } from './model-facts.ts'
import { Refusal } from './refusal.ts'
import { claudeComplaint } from './schema-checks.ts'
import type { SimulatedModel } from './simulated-model.ts'

const MOST_MARKS = 4

export function checkMessagesDetails(model: SimulatedModel, body: JsonObject): void {
  // BerriAI/litellm 10106.
  const userId = textOf(objectOf(body['metadata'])['user_id'])
  if (userId.includes('@'))
    refuse(
      'metadata.user_id: user_id appears to contain an email address. Please send a uuid or hash value instead.',
    )
  if (userId.length > 256) refuse('metadata.user_id: String should have at most 256 characters')
  checkSampling(model, body)
  if (listOf(body['stop_sequences']).some((stop) => textOf(stop).trim() === ''))
    refuse('stop_sequences: each stop sequence must contain non-whitespace')
  const messages = listOf(body['messages']).map(objectOf)
  for (const [index, { content }] of messages.entries()) {
    const texts = blocksOf(content).filter(({ type }) => type === 'text')
    if (texts.some(({ text }) => text === ''))
      refuse(`messages.${index}: text content blocks must be non-empty`)
    if (texts.some(({ text }) => textOf(text).trim() === ''))
      refuse('messages: text content blocks must contain non-whitespace text')
  }
  checkMarks(body, messages)
  const format = objectOf(objectOf(body['output_config'])['format'])
  const problem = claudeComplaint(format['schema'])
  if (problem !== null) refuse(`output_config.format.schema: ${problem}`)
  for (const [index, tool] of listOf(body['tools']).map(objectOf).entries()) {
    const told = tool['strict'] === true ? claudeComplaint(tool['input_schema']) : null
    if (told !== null) refuse(`tools.${index}.custom.input_schema: ${told}`)
  }
}

function checkSampling(model: SimulatedModel, body: JsonObject): void {
  if (factsOf('anthropic', model.id).refusesSampling) return
  const temperature = numberOf(body['temperature'])
  if (temperature !== null && (temperature < 0 || temperature > 1)) refuse('temperature: range: 0..1')
  if (temperature !== null && body['top_p'] !== undefined)
    refuse('`temperature` and `top_p` cannot both be specified for this model. Please use only one.')
}

function checkMarks(body: JsonObject, messages: readonly JsonObject[]): void {
  const marks = [
    ...listOf(body['tools']).map(objectOf),
    ...blocksOf(body['system']),
    ...messages.flatMap(({ content }) =>
      blocksOf(content).flatMap((block) => [...blocksOf(block['content']), block]),
    ),
    body,
  ]
    .map((block) => block['cache_control'])
    .filter(isObject)
  if (marks.length > MOST_MARKS)
    refuse(`A maximum of ${MOST_MARKS} blocks with cache_control may be provided. Found ${marks.length}.`)
  const firstShort = marks.findIndex(({ ttl }) => ttl !== '1h')
  if (firstShort !== -1 && marks.slice(firstShort).some(({ ttl }) => ttl === '1h'))
    refuse("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block")
}

function refuse(message: string): never {
  throw new Refusal('bad_request', { message })
}
