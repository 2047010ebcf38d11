// What a client got of its answer, collected as it goes by: frames of a stream or one whole object, and no more of either than
// is kept in the end.

import type { ContentMessage } from '../core/sampled-content.ts'
import { dataOf } from '../providers/event-splitter.ts'
import { isRecord, type JsonRecord, parseJson, recordsOf } from '../providers/json-record.ts'
import { MARGIN, type Redact } from './redactor.ts'
import { callPart, MAX_TEXT, readParts, textPart } from './request-content.ts'

/** As far as redaction looks. One more tells that it goes on. */
const MAX_COLLECTED = MAX_TEXT + MARGIN + 1
const MAX_CHOICES = 8
const MAX_CALLS = 32

interface Choice {
  text: string
  readonly calls: Map<unknown, { name: string; input: string }>
}

export class AnswerContent {
  readonly #choices = new Map<unknown, Choice>()
  #whole: string | Uint8Array | null = null

  /** The answer's object. It is held, not copied: it is read when nobody waits any more. */
  addWhole(json: string | Uint8Array): void {
    this.#whole = json
  }

  addFrame(frame: Uint8Array): void {
    const data = dataOf(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength))
    const chunk = data === null ? undefined : parseJson(data)
    if (!isRecord(chunk)) return
    for (const choice of recordsOf(chunk['choices']))
      if (isRecord(choice['delta'])) this.#add(choice['index'], choice['delta'])
  }

  messages(redact: Redact): readonly ContentMessage[] {
    if (this.#whole !== null) return readWhole(this.#whole, redact)
    return Array.from(this.#choices.values(), ({ text, calls }) => ({
      role: 'assistant',
      parts: [
        ...(text === '' ? [] : [textPart(text, redact)]),
        ...Array.from(calls.values(), ({ name, input }) => callPart(name, input, redact)),
      ],
    }))
  }

  #add(index: unknown, delta: JsonRecord): void {
    let choice = this.#choices.get(index)
    if (choice === undefined) {
      if (this.#choices.size === MAX_CHOICES) return
      choice = { text: '', calls: new Map() }
      this.#choices.set(index, choice)
    }
    choice.text = grown(choice.text, delta['content'])
    choice.text = grown(choice.text, delta['refusal'])
    for (const told of recordsOf(delta['tool_calls'])) {
      const call = choice.calls.get(told['index']) ?? { name: '', input: '' }
      if (!choice.calls.has(told['index'])) {
        if (choice.calls.size === MAX_CALLS) return
        choice.calls.set(told['index'], call)
      }
      const called = [told['function'], told['custom']].find(isRecord) ?? {}
      call.name = grown(call.name, called['name'])
      call.input = grown(call.input, called['arguments'] ?? called['input'])
    }
  }
}

function grown(text: string, more: unknown): string {
  return typeof more === 'string' && text.length < MAX_COLLECTED
    ? text + more.slice(0, MAX_COLLECTED - text.length)
    : text
}

function readWhole(json: string | Uint8Array, redact: Redact): readonly ContentMessage[] {
  const answer = parseJson(typeof json === 'string' ? json : Buffer.from(json).toString('utf8'))
  const choices = isRecord(answer) ? recordsOf(answer['choices']) : []
  return choices.slice(0, MAX_CHOICES).map(({ message }) => ({
    role: 'assistant',
    parts: isRecord(message) ? readParts(message, redact) : [],
  }))
}
