// What a client has got of one streamed answer, however many attempts it takes: the text so far, which another route can go
// on from, and the chunks of that other route as if they were of the first.

import { dataOf } from '../providers/event-splitter.ts'
import { isRecord, type JsonRecord, parseJson, recordsOf } from '../providers/json-record.ts'

type Envelope = Readonly<Record<'id' | 'created' | 'model', unknown>>

/** Members of a delta that are no content. */
const EMPTY: ReadonlySet<unknown> = new Set([null, '', undefined])

export class Transcript {
  text = ''
  /** False once something was written that is neither text nor reasoning, nor the only choice. */
  isPlain = true
  #envelope: Envelope | null = null
  #hasReasoning = false
  #isGoingOn = false

  /** Of the whole answer: that of the attempt that began it. */
  get envelope(): Envelope {
    return this.#envelope ?? { id: '', created: 0, model: '' }
  }

  /** From now on the frames are of an attempt that goes on from the text. */
  goOn(): void {
    this.#isGoingOn = true
  }

  /** The frame as the client is to get it; null where nothing of it is left. */
  pass(frame: Uint8Array): Uint8Array | null {
    const chunk = readChunk(frame)
    // A comment, to keep the client awake.
    if (chunk === null) return frame
    this.#envelope ??= { id: chunk['id'], created: chunk['created'], model: chunk['model'] }
    const choices = recordsOf(chunk['choices'])
    if (choices.length !== 1 || choices[0]?.['index'] !== 0) this.isPlain &&= choices.length === 0
    const [choice] = choices
    if (!this.#isGoingOn) {
      if (choice !== undefined) this.#note(choice)
      return frame
    }
    return choice === undefined ? null : this.#goOnWith(chunk, choice)
  }

  #goOnWith(chunk: JsonRecord, choice: JsonRecord): Uint8Array | null {
    const delta = isRecord(choice['delta']) ? choice['delta'] : {}
    const others = Object.entries(delta).filter(([name, value]) => this.#isWanted(name, value))
    const isFinish = !EMPTY.has(choice['finish_reason'])
    if (others.length === 0 && !isFinish) return null
    const changed = { ...choice, delta: Object.fromEntries(others) }
    this.#note(changed)
    const written = { ...chunk, ...this.envelope, choices: [changed] }
    return Buffer.from(`data: ${JSON.stringify(written)}\n\n`)
  }

  /** The role has been told; and whoever has text, or has seen how one thought about it, needs no other thoughts. */
  #isWanted(name: string, value: unknown): boolean {
    if (name === 'role' || EMPTY.has(value)) return false
    return name !== 'reasoning_content' || (this.text === '' && !this.#hasReasoning)
  }

  #note(choice: JsonRecord): void {
    for (const [name, value] of Object.entries(isRecord(choice['delta']) ? choice['delta'] : {})) {
      if (name === 'role' || EMPTY.has(value)) continue
      if (name === 'content' && typeof value === 'string') this.text += value
      else if (name === 'reasoning_content') this.#hasReasoning = true
      else this.isPlain &&= Array.isArray(value) && value.length === 0
    }
  }
}

function readChunk({ buffer, byteOffset, byteLength }: Uint8Array): JsonRecord | null {
  const data = dataOf(Buffer.from(buffer, byteOffset, byteLength))
  const value = data === null ? null : parseJson(data)
  return isRecord(value) ? value : null
}
