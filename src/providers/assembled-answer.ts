// A stream put together again, for a client that asked for no stream: some models answer only so.

import { dataOf } from './event-splitter.ts'
import { isRecord, type JsonRecord, parseExact, recordsOf, textOf } from './json-record.ts'

interface Call {
  readonly record: Record<string, unknown>
  readonly called: Record<string, unknown>
}

interface Choice {
  readonly message: Record<string, unknown>
  readonly calls: Map<unknown, Call>
  readonly sound: Buffer[]
  finish: unknown
  logprobs: unknown
}

export interface Assembly {
  /** A frame of a stream in OpenAI's shape. */
  addFrame(frame: Uint8Array): void
  /** What came, as one chat completion. */
  body(): Record<string, unknown>
}

export function createAssembly(): Assembly {
  const choices = new Map<unknown, Choice>()
  let envelope: JsonRecord = {}
  return {
    addFrame(frame) {
      const data = dataOf(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength))
      const chunk = data === null ? undefined : parseExact(data)
      if (!isRecord(chunk)) return
      const { choices: told, ...others } = chunk
      envelope = { ...envelope, ...others }
      for (const choice of recordsOf(told)) addChoice(choices, choice)
    },
    body: () => ({
      ...envelope,
      object: 'chat.completion',
      choices: [...choices]
        .toSorted(([one], [other]) => Number(one) - Number(other))
        .map(([index, choice]) => ({ index, ...closedChoice(choice) })),
    }),
  }
}

function addChoice(choices: Map<unknown, Choice>, told: JsonRecord): void {
  const { index, delta, finish_reason: finish, logprobs } = told
  let choice = choices.get(index)
  if (choice === undefined) {
    choice = {
      message: { role: 'assistant', content: null },
      calls: new Map(),
      sound: [],
      finish: null,
      logprobs: null,
    }
    choices.set(index, choice)
  }
  choice.finish = finish ?? choice.finish
  choice.logprobs = joinedLists(choice.logprobs, logprobs)
  if (!isRecord(delta)) return
  for (const [name, value] of Object.entries(delta)) {
    if (name === 'tool_calls') for (const call of recordsOf(value)) addCall(choice.calls, call)
    else if (name === 'audio' && isRecord(value)) addSound(choice, value)
    else if (name !== 'role' && value !== null) choice.message[name] = joined(choice.message[name], value)
  }
}

/** Text goes on; of anything else the last counts. */
function joined(before: unknown, value: unknown): unknown {
  return typeof before === 'string' && typeof value === 'string' ? before + value : value
}

/** `logprobs` has a list for each kind of content. */
function joinedLists(before: unknown, value: unknown): unknown {
  if (!isRecord(before) || !isRecord(value)) return value ?? before
  const lists: Record<string, unknown> = { ...before }
  for (const [name, list] of Object.entries(value)) {
    const known = lists[name]
    lists[name] = Array.isArray(known) && Array.isArray(list) ? [...known, ...list] : (list ?? known)
  }
  return lists
}

function addCall(calls: Map<unknown, Call>, { index, function: called, ...others }: JsonRecord): void {
  let call = calls.get(index)
  if (call === undefined) calls.set(index, (call = { record: {}, called: {} }))
  // Further deltas may have null for what the first one said.
  for (const [name, value] of Object.entries(others)) if (value !== null) call.record[name] = value
  if (!isRecord(called)) return
  for (const [name, value] of Object.entries(called))
    if (value !== null) call.called[name] = name === 'arguments' ? joined(call.called[name], value) : value
}

/** Pieces of base64 cannot be put behind each other as text. */
function addSound({ message, sound }: Choice, value: JsonRecord): void {
  const { data, transcript, ...others } = value
  const before = isRecord(message['audio']) ? message['audio'] : {}
  if (typeof data === 'string') sound.push(Buffer.from(data, 'base64'))
  const text = joined(before['transcript'], transcript ?? before['transcript'])
  message['audio'] = {
    ...before,
    ...others,
    transcript: transcript === undefined ? before['transcript'] : text,
  }
}

function closedChoice({ message, calls, sound, finish, logprobs }: Choice): JsonRecord {
  const closed = { ...message }
  if (isRecord(closed['audio']) && sound.length > 0)
    closed['audio'] = { ...closed['audio'], data: Buffer.concat(sound).toString('base64') }
  if (calls.size > 0) {
    closed['tool_calls'] = [...calls.values()].map(({ record, called }) => ({
      ...record,
      type: textOf(record['type']) ?? 'function',
      function: { arguments: '', ...called },
    }))
    if (closed['content'] === '') closed['content'] = null
  }
  return { message: closed, logprobs, finish_reason: finish }
}
