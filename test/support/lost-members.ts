// What of a request is neither in what a provider was sent nor named to the client as left out. Reads both sides by itself,
// on purpose not with the gateway's code.

import { HINTS } from '../../src/core/hints.ts'
import { isObject, type JsonObject, listOf, objectOf, textOf } from '../../src/simulator/json-value.ts'
import type { Asked } from './ask-model.ts'

/** Names of what was lost, of hints and of everything else; empty where all of it arrived or was told. */
export function lostMembers(fields: JsonObject, { sent, dropped }: Asked): readonly string[] {
  const received = sent.at(-1)?.body ?? {}
  return [
    ...HINTS.filter((name) => asksFor(name, fields[name]) && !isTold(name, dropped)).filter(
      (name) => !isHintCarried(name, fields[name], received),
    ),
    ...CHECKS.filter(([, isCarried]) => !isCarried({ fields, received, dropped })).map(([name]) => name),
  ]
}

function asksFor(name: string, value: unknown): boolean {
  if (JSON.stringify(value) === '{}') return false
  if (name === 'temperature' || name === 'top_p') return value !== undefined
  return value !== undefined && value !== false && value !== 0 && value !== 'medium'
}

function isTold(name: string, dropped: readonly string[]): boolean {
  return dropped.includes(name) || (name === 'thinking' && dropped.includes('reasoning_effort'))
}

function isHintCarried(name: string, value: unknown, received: JsonObject): boolean {
  const wire = JSON.stringify(received)
  if (JSON.stringify(received[name]) === JSON.stringify(value)) return true
  if (name === 'user') return wire.includes('"user_id":"u-1"')
  if (name === 'verbosity') return wire.includes('"verbosity":"low"')
  // Said in the provider's own words, or the default anyway.
  if (name === 'parallel_tool_calls') return value === true
  if (name === 'enable_thinking' && value === true) return wire.includes('"reasoning_effort":')
  return name === 'thinking' && JSON.stringify(value).includes('disabled') && SAYS_NO_THINKING.test(wire)
}

/** In any provider's words, and by models that never think. */
const SAYS_NO_THINKING =
  /"none"|"disabled"|"between_tools"|"enable_thinking":false|"model":"(?:gpt-4|qwen-plus|qwen-flash|qwen3-|claude-\w+-4-)/

interface Sides {
  readonly fields: JsonObject
  readonly received: JsonObject
  readonly dropped: readonly string[]
}

const CHECKS: readonly (readonly [string, (sides: Sides) => boolean])[] = [
  ['the output cap', isCapCarried],
  ['stop', areStopsCarried],
  ['n', ({ fields, received }) => (fields['n'] ?? 1) === 1 || received['n'] === fields['n']],
  ['logprobs', ({ fields, received }) => fields['logprobs'] !== true || received['logprobs'] === true],
  ['response_format', isFormatCarried],
  ['tools', ({ fields, received }) => listOf(received['tools']).length === listOf(fields['tools']).length],
  ['tool_choice', isChoiceCarried],
  ['tool calls and their results', areCallsCarried],
  ['text', isTextCarried],
  ['media', areMediaCarried],
  ['cache_control', areMarksCarried],
]

const CAPS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens']

function isCapCarried({ fields, received }: Sides): boolean {
  const cap = fields['max_completion_tokens'] ?? fields['max_tokens']
  const caps = CAPS.flatMap((name) => received[name] ?? [])
  return caps.length <= 1 && (cap === undefined || caps[0] === cap)
}

function areStopsCarried({ fields, received }: Sides): boolean {
  const stop = fields['stop'] ?? []
  const got = received['stop'] ?? received['stop_sequences'] ?? []
  return JSON.stringify([stop].flat()) === JSON.stringify([got].flat())
}

function isFormatCarried({ fields, received }: Sides): boolean {
  const { type = 'text' } = objectOf(fields['response_format'])
  const asked = objectOf(received['response_format'])
  const others = [objectOf(received['text'])['format'], objectOf(received['output_config'])['format']]
  return type === 'text' || [asked, ...others].some((format) => objectOf(format)['type'] === type)
}

/** A name of the only tool there is, is the same as that one has to be called. */
function isChoiceCarried({ fields, received }: Sides): boolean {
  const choice = fields['tool_choice'] ?? 'auto'
  const got = received['tool_choice'] ?? 'auto'
  const word = textOf(isObject(got) ? got['type'] : got)
  if (choice === 'auto') return word === 'auto'
  if (choice === 'none') return word === 'none'
  return ['required', 'any', 'function', 'tool'].includes(word)
}

function areCallsCarried({ fields, received }: Sides): boolean {
  const messages = listOf(fields['messages']).map(objectOf)
  const calls = messages.flatMap((message) => listOf(message['tool_calls'])).length
  const results = messages.filter(({ role }) => role === 'tool').length
  const got = [...listOf(received['messages']), ...listOf(received['input'])].map(objectOf)
  const blocks = got.flatMap(({ content }) => listOf(content).map(objectOf))
  const gotCalls = [
    ...got.flatMap((message) => listOf(message['tool_calls'])),
    ...[...got, ...blocks].filter(({ type }) => type === 'function_call' || type === 'tool_use'),
  ].length
  const gotResults = [...got, ...blocks].filter(
    ({ role, type }) => role === 'tool' || type === 'function_call_output' || type === 'tool_result',
  ).length
  return gotCalls === calls && gotResults === results
}

function isTextCarried({ fields, received }: Sides): boolean {
  const wire = JSON.stringify(received)
  // White space alone says nothing, and Claude takes none.
  const said = textsIn(fields['messages']).filter((text) => text.trim() !== '')
  return said.every((text) => wire.includes(JSON.stringify(text).slice(1, -1)))
}

function textsIn(messages: unknown): readonly string[] {
  return listOf(messages)
    .map(objectOf)
    .flatMap(({ content }) =>
      typeof content === 'string' ? [content] : listOf(content).map((part) => textOf(objectOf(part)['text'])),
    )
}

/** Data, URLs, and how exactly an image is to be looked at. */
function areMediaCarried({ fields, received, dropped }: Sides): boolean {
  const wire = JSON.stringify(received)
  const parts = listOf(fields['messages'])
    .map(objectOf)
    .flatMap(({ content }) => listOf(content).map(objectOf))
  return parts.every((part) => {
    const {
      url,
      detail,
      data,
      file_data: file,
    } = objectOf(part['image_url'] ?? part['video_url'] ?? part['input_audio'] ?? part['file'])
    const source = textOf(url ?? data ?? file)
    const bare = source.slice(source.startsWith('data:') ? source.indexOf(',') + 1 : 0)
    const isDetailKept =
      detail === undefined ||
      wire.includes(`"detail":"${textOf(detail)}"`) ||
      dropped.includes('content.detail')
    return wire.includes(bare) && isDetailKept
  })
}

function areMarksCarried({ fields, received, dropped }: Sides): boolean {
  const isToldSo = dropped.some((name) => name.endsWith('cache_control'))
  return isToldSo || marksIn(received) === marksIn([fields['messages'], fields['tools']])
}

function marksIn(value: unknown): number {
  return JSON.stringify(value).split('"cache_control":{').length - 1
}
