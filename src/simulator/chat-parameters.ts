// The parameters that the real Chat Completions endpoints refuse, by vendor and model, each in the vendor's words.

import type { ChatProvider } from './chat-message.ts'
import { type JsonObject, listOf, numberOf, textOf } from './json-value.ts'
import type { ModelFacts } from './model-facts.ts'
import { Refusal } from './refusal.ts'
import type { SimulatedModel } from './simulated-model.ts'

export interface ParameterCheck {
  readonly provider: ChatProvider
  readonly model: SimulatedModel
  readonly body: JsonObject
  readonly isThinking: boolean
  readonly facts: ModelFacts
}

export function checkParameters(check: ParameterCheck): void {
  checkFields(check)
  checkCaps(check)
  checkSampling(check)
  checkStop(check)
  checkChoices(check)
  checkLogprobs(check)
  checkLonelyToolFields(check)
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

function checkFields({ provider, model, body }: ParameterCheck): void {
  const isPlain = provider === 'openai' && model.id.startsWith('gpt-4')
  const unknown = Object.keys(body).find((name) =>
    provider === 'openai'
      ? !OPENAI_FIELDS.has(name) || (isPlain && name === 'reasoning_effort')
      : name === 'routing' || name === 'farthing',
  )
  if (unknown !== undefined)
    throw new Refusal('bad_request', { message: `Unrecognized request argument supplied: ${unknown}` })
  if (body['stream_options'] !== undefined && body['stream'] !== true)
    refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options')
}

function checkCaps({ model, body, facts }: ParameterCheck): void {
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
}

/** A value that is the only one, or the least (inclusive or not) and the most. */
type Permitted = (value: number) => boolean

const only =
  (wanted: number): Permitted =>
  (value) =>
    value === wanted

function permittedSampling({
  provider,
  model,
  isThinking,
  facts,
}: ParameterCheck): Record<string, Permitted> {
  if (provider === 'moonshot') {
    const temperature = model.id.includes('k2.6') && !isThinking ? 0.6 : 1
    return {
      temperature: only(temperature),
      top_p: only(0.95),
      presence_penalty: only(0),
      frequency_penalty: only(0),
    }
  }
  if (provider === 'alibaba')
    return { temperature: (value) => value >= 0 && value < 2, top_p: (value) => value > 0 && value <= 1 }
  if (!facts.refusesSampling) return {}
  return { temperature: only(1), top_p: only(1), presence_penalty: only(0), frequency_penalty: only(0) }
}

function checkSampling(check: ParameterCheck): void {
  const { provider, body, facts } = check
  for (const [name, isPermitted] of Object.entries(permittedSampling(check))) {
    const value = numberOf(body[name])
    if (value === null || isPermitted(value)) continue
    if (provider === 'alibaba') refuse(`Range of ${name} should be within the documented bounds`, name)
    throw new Refusal('bad_request', {
      message:
        provider === 'moonshot'
          ? `invalid ${name}: only ${name === 'temperature' && !check.isThinking ? '0.6' : 'the default'} is allowed for this model`
          : `Unsupported value: '${name}' does not support ${JSON.stringify(value)} with this model.`,
      param: name,
      code: 'unsupported_value',
    })
  }
  if (provider === 'openai' && facts.refusesSampling && Object.keys(Object(body['logit_bias'])).length > 0)
    refuseParameter('logit_bias')
}

function checkStop({ provider, model, body }: ParameterCheck): void {
  const stop = body['stop'] ?? []
  if (provider === 'openai' && Array.isArray(body['stop']) && body['stop'].length === 0)
    refuse("[] is too short - 'stop'", 'stop')
  const stops = (Array.isArray(stop) ? stop : [stop]).map(textOf)
  if (stops.length === 0) return
  if (model.id.startsWith('gpt-6-astra')) refuseParameter('stop')
  if (provider === 'openai' && stops.length > 4)
    refuse("Invalid 'stop': array too long. Expected an array with maximum length 4.", 'stop')
  if (provider === 'moonshot' && (stops.length > 5 || stops.some((text) => Buffer.byteLength(text) > 32)))
    refuse('invalid stop: at most 5 strings of at most 32 bytes', 'stop')
}

function checkChoices({ provider, body, isThinking }: ParameterCheck): void {
  const choices = numberOf(body['n']) ?? 1
  if (choices === 1) return
  if (provider === 'moonshot') refuse('invalid n: only 1 is allowed', 'n')
  if (provider !== 'alibaba') return
  const most = isThinking || listOf(body['tools']).length > 0 ? 1 : 4
  if (choices > most) refuse(`Range of n should be [1, ${most}]`, 'n')
}

function checkLogprobs({ provider, body, facts }: ParameterCheck): void {
  if (provider === 'openai' && facts.refusesSampling && body['logprobs'] === true) refuseParameter('logprobs')
}

function checkLonelyToolFields({ provider, body }: ParameterCheck): void {
  if (provider !== 'openai') return
  if (Array.isArray(body['tools']) && body['tools'].length === 0)
    refuse("Invalid 'tools': empty array. Expected an array with minimum length 1.", 'tools')
  if (body['tools'] !== undefined) return
  const lonely = ['tool_choice', 'parallel_tool_calls'].find((name) => body[name] !== undefined)
  if (lonely !== undefined)
    refuse(`Invalid value for '${lonely}': '${lonely}' is only allowed when 'tools' are specified.`, lonely)
}

function refuseParameter(name: string): never {
  throw new Refusal('bad_request', {
    message: `Unsupported parameter: '${name}' is not supported with this model.`,
    param: name,
    code: 'unsupported_parameter',
  })
}

function refuse(message: string, param: string): never {
  throw new Refusal('bad_request', { message, param })
}
