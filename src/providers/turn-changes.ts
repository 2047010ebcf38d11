// What an application sends back of an answer, or says of who spoke, and not every provider takes: an empty list of calls, no
// content at all, a refusal, reasoning under another name. openai/openai-python 2061, run-llama/llama_index 17921,
// AstrBotDevs/AstrBot 7202, ag2ai/ag2 451.

import type { MessageOutline } from '../openai/chat-request.ts'
import { type JsonRecord, recordsOf, textOf } from './json-record.ts'
import type { MessageDialect } from './wire-messages.ts'

export type Change = (message: JsonRecord) => JsonRecord

const NONE: readonly Change[] = []
/** Besides content and calls, what a turn of OpenAI's own may be. */
const CONTENT_OF_ITS_OWN = ['audio', 'function_call']
/** Reasoning as others than DeepSeek call it. */
const OTHER_REASONING: readonly string[] = ['reasoning', 'reasoning_details']

export function turnChanges(message: MessageOutline, dialect: MessageDialect): readonly Change[] {
  const { role, name, others, contentSpan, hasToolCalls, partTypes } = message
  const isSilent = role === 'assistant' && contentSpan === null && !hasToolCalls
  if (name === null && others.length === 0 && !isSilent && partTypes.size === 0) return NONE
  const changes: Change[] = []
  if (others.includes('tool_calls')) changes.push(without(['tool_calls']))
  if (dialect.reasoning === 'refused' && hasOtherReasoning(message)) changes.push(without(OTHER_REASONING))
  if (partTypes.has('refusal') && dialect.knowsRefusals !== true) changes.push(withRefusalsAsText)
  const isOpenAis = dialect.knowsRefusals === true
  if (isSilent && !(isOpenAis && others.some((other) => CONTENT_OF_ITS_OWN.includes(other))))
    changes.push((body) => withWords(body, isOpenAis))
  const { speakerNames } = dialect
  if (name !== null && speakerNames?.test(name) === false)
    changes.push((body) => ({ ...body, name: name.replace(/[^\w-]/g, '_').slice(0, 64) }))
  return changes
}

export function hasOtherReasoning({ others }: MessageOutline): boolean {
  return others.some((name) => OTHER_REASONING.includes(name))
}

function without(names: readonly string[]): Change {
  return (message) => Object.fromEntries(Object.entries(message).filter(([name]) => !names.includes(name)))
}

function withRefusalsAsText(message: JsonRecord): JsonRecord {
  const content = recordsOf(message['content']).map((part) =>
    part['type'] === 'refusal' ? { type: 'text', text: textOf(part['refusal']) ?? '' } : part,
  )
  return { ...message, content }
}

/** No content is none to some, and wrong to others; an empty text is right everywhere. */
function withWords(message: JsonRecord, knowsRefusals: boolean): JsonRecord {
  const { refusal: told, ...others } = message
  const refusal = textOf(told) ?? ''
  if (refusal === '') return { ...message, content: '' }
  return knowsRefusals ? message : { ...others, content: refusal }
}
