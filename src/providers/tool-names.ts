// Names of tools that a provider does not take, and those it gets instead: the same both ways, so that a client only ever
// sees its own.

import type { Route } from '../core/route.ts'
import { NO_TOOL_NAMES } from '../core/upstream-request.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import { isRecord, type JsonRecord, recordsOf, textOf } from './json-record.ts'

/** The provider's names of tools, by the client's; empty where none has to change. */
export type ToolNames = ReadonlyMap<string, string>

const LEAST_LENGTH = 3
const MOST_LENGTH = 64

export function renamedTools({ features }: ChatRequest, { traits }: Route): ToolNames {
  const rules = traits.toolNames
  if (rules === null) return NO_TOOL_NAMES
  const isFine = (name: string): boolean => rules.pattern.test(name) && !rules.reserved.has(name)
  const wrong = features.toolNames.filter((name) => !isFine(name))
  if (wrong.length === 0) return NO_TOOL_NAMES
  const taken = new Set(features.toolNames)
  const renamed = new Map<string, string>()
  for (const name of wrong) {
    const stem = plainName(name)
    let other = stem
    for (let number = 2; taken.has(other) || !isFine(other); number++)
      other = `${stem.slice(0, MOST_LENGTH - 4)}_${number}`
    taken.add(other)
    renamed.set(name, other)
  }
  return renamed
}

function plainName(name: string): string {
  const plain = name.replace(/[^a-zA-Z0-9_-]/g, '_')
  return (/^[a-zA-Z_]/.test(plain) ? plain : `_${plain}`).slice(0, MOST_LENGTH).padEnd(LEAST_LENGTH, '_')
}

/** The client's names, by the provider's. */
export function originalNames(names: ToolNames): ToolNames {
  if (names.size === 0) return NO_TOOL_NAMES
  return new Map([...names].map(([client, provider]) => [provider, client]))
}

/** A tool, a choice or a call: all name a function in the same place. */
export function renamedCall(record: JsonRecord, names: ToolNames): JsonRecord {
  const called = record['function']
  const name = isRecord(called) ? textOf(called['name']) : null
  const other = name === null ? undefined : names.get(name)
  return other === undefined || !isRecord(called)
    ? record
    : { ...record, function: { ...called, name: other } }
}

/** A message or a delta. */
export function withRenamedCalls(message: JsonRecord, names: ToolNames): JsonRecord {
  if (!Array.isArray(message['tool_calls'])) return message
  return { ...message, tool_calls: recordsOf(message['tool_calls']).map((call) => renamedCall(call, names)) }
}

/** A request's tools, the choice among them and its earlier calls. */
export function withToolNames(body: JsonRecord, names: ToolNames): JsonRecord {
  if (names.size === 0) return body
  const { tools, tool_choice: choice, messages } = body
  return {
    ...body,
    tools: recordsOf(tools).map((tool) => renamedCall(tool, names)),
    ...(isRecord(choice) ? { tool_choice: renamedChoice(choice, names) } : {}),
    messages: recordsOf(messages).map((message) => withRenamedCalls(message, names)),
  }
}

/** A name, or several (`allowed_tools`). */
export function renamedChoice(choice: JsonRecord, names: ToolNames): JsonRecord {
  const allowed = choice['allowed_tools']
  if (!isRecord(allowed)) return renamedCall(choice, names)
  const tools = recordsOf(allowed['tools']).map((tool) => renamedCall(tool, names))
  return { ...choice, allowed_tools: { ...allowed, tools } }
}
