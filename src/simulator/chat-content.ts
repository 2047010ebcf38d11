// What the real Chat Completions endpoints refuse in messages: content of kinds that a model does not take, marks that are
// somebody else's, and conversations that end with the assistant.

import type { ChatProvider } from './chat-message.ts'
import { imageTypeOf } from './image-checks.ts'
import { isObject, type JsonObject, listOf, objectOf, textOf } from './json-value.ts'
import { Refusal } from './refusal.ts'
import type { SimulatedModel } from './simulated-model.ts'

export interface ContentCheck {
  readonly provider: ChatProvider
  readonly model: SimulatedModel
  readonly body: JsonObject
  readonly messages: readonly JsonObject[]
  /** DeepSeek's beta path, the only one that goes on from a prefix. */
  readonly isBeta: boolean
  readonly isThinking: boolean
}

const LONGEST_DEEPSEEK_URL = 8192
const LARGEST_QWEN_IMAGE = 10 * 1024 * 1024

export function checkContent(check: ContentCheck): void {
  const { provider, model, body, messages } = check
  for (const message of messages) {
    const { content } = message
    const isMarked = listOf(content).some((part) => 'cache_control' in objectOf(part))
    if (model.images === 'none' && Array.isArray(content) && !isMarked) refuseParts(provider)
    const { role } = message
    if (provider === 'openai' && role !== 'user' && listOf(content).some(isMedia))
      refuse(
        `Invalid 'messages[0]'. Image URLs are only allowed for messages with role 'user', but this message with role '${textOf(role)}' contains an image URL.`,
      )
    if (Array.isArray(content) && content.length === 0)
      refuse(
        "Invalid 'messages[0].content': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      )
    for (const part of listOf(content).map(objectOf)) checkPart(provider, model, part)
  }
  const marked = [
    ...messages,
    ...messages.flatMap(({ content }) => listOf(content)),
    ...listOf(body['tools']),
  ]
  if (provider === 'openai' && marked.some((entry) => 'cache_control' in objectOf(entry)))
    throw new Refusal('bad_request', {
      message: "Unknown parameter: 'messages[0].content[0].cache_control'.",
      param: 'messages[0].content[0].cache_control',
      code: 'unknown_parameter',
    })
  checkLast(check)
}

function isMedia(part: unknown): boolean {
  return ['image_url', 'file'].includes(textOf(objectOf(part)['type']))
}

/** Of a text-only model. OpenAI's and Kimi's take a list all the same. */
function refuseParts(provider: ChatProvider): void {
  if (provider === 'alibaba')
    refuse('<400> InternalError.Algo.InvalidParameter: The input content must be a string.')
  if (provider === 'deepseek')
    refuse(
      'Failed to deserialize the JSON body into the target type: messages[0].content: invalid type: sequence, expected a string',
    )
}

function checkPart(provider: ChatProvider, model: SimulatedModel, part: JsonObject): void {
  const type = textOf(part['type'])
  if (type === 'text' || type === 'refusal') return
  if (!partTypes(provider, model).includes(type))
    refuse(
      provider === 'deepseek'
        ? `Failed to deserialize the JSON body into the target type: unknown variant \`${type}\`, expected \`text\``
        : `Invalid content type: ${type} is not supported by this model.`,
    )
  if (type === 'image_url') checkImage(provider, model, part)
  const audio = objectOf(part['input_audio'])['data']
  if (type === 'input_audio' && !/^(?:data:|https?:)/.test(textOf(audio)))
    refuse('<400> InternalError.Algo.InvalidParameter: The provided URL does not appear to be valid.')
}

function partTypes(provider: ChatProvider, model: SimulatedModel): readonly string[] {
  const images = model.images === 'none' ? [] : ['image_url']
  if (provider === 'openai') return [...images, 'file']
  const isQwen = provider === 'alibaba' && images.length > 0
  const video = provider === 'moonshot' || (isQwen && model.id.startsWith('qwen')) ? ['video_url'] : []
  return [...images, ...video, ...(model.id.includes('omni') ? ['input_audio'] : [])]
}

function checkImage(provider: ChatProvider, model: SimulatedModel, part: JsonObject): void {
  if (!isObject(part['image_url'])) refuse("Invalid type for 'image_url': expected an object.")
  const url = textOf(objectOf(part['image_url'])['url'])
  const isData = url.startsWith('data:')
  if (isData && imageTypeOf(url.slice(url.indexOf(',') + 1)) === null)
    refuse(
      provider === 'openai'
        ? "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp']."
        : 'The image format is illegal and cannot be opened.',
    )
  if (model.images === 'data' && !isData)
    refuse('Invalid request: unsupported image url: only base64 data and uploaded files are accepted')
  if (provider === 'deepseek' && !isData && url.length > LONGEST_DEEPSEEK_URL)
    refuse(`image url is longer than ${LONGEST_DEEPSEEK_URL} characters`)
  if (provider === 'alibaba' && isData && url.length > LARGEST_QWEN_IMAGE)
    refuse(
      '<400> InternalError.Algo.InvalidParameter: Exceeded limit on max bytes per data-uri item : 10485760',
    )
}

/** Its page of partial mode names these, all of them without thinking. */
const PARTIAL_AT_QWEN = /^qwen-(?:plus|flash)|coder|vl|^qwen3\.7-(?:max|plus)|^qwen3\.6-/

function checkLast({ provider, model, messages, isBeta, isThinking }: ContentCheck): void {
  const last = messages.at(-1) ?? {}
  if (last['role'] !== 'assistant' || provider === 'openai') return
  const isContinued = provider === 'deepseek' ? last['prefix'] === true && isBeta : last['partial'] === true
  const isPossible = provider !== 'alibaba' || (PARTIAL_AT_QWEN.test(model.id) && !isThinking)
  if (isContinued && isPossible) return
  refuse(
    provider === 'deepseek'
      ? 'The last message must be a user message, or an assistant message with prefix mode on (https://api.deepseek.com/beta).'
      : 'Invalid request: the last message must be of role user or tool, unless partial mode is on.',
  )
}

function refuse(message: string): never {
  throw new Refusal('bad_request', { message })
}
