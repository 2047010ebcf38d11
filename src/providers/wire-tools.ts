// Tools and the choice among them as a provider of OpenAI's wire takes them; untouched where nothing has to change.

import type { Route } from '../core/route.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import { isRecord, type JsonRecord, parseExact, recordsOf, textOf } from './json-record.ts'
import { renamedCall, type ToolNames } from './tool-names.ts'
import { withoutMark } from './wire-messages.ts'

export interface ToolTarget {
  readonly route: Route
  readonly names: ToolNames
  /** Whether the provider narrows the tools of one turn by itself (`allowed_tools`). */
  readonly knowsAllowedTools: boolean
}

/** The members that differ from the client's. */
export function toolMembers(
  request: ChatRequest,
  { route, names, knowsAllowedTools }: ToolTarget,
): JsonRecord {
  const { features } = request
  if (features.toolCount === 0) return {}
  const choice = memberOf(request, 'tool_choice')
  const allowed = knowsAllowedTools ? null : allowedTools(choice)
  const isUnmarked = features.hasToolCacheMark && !route.traits.takesCacheMarks
  const changed: Record<string, unknown> = {}
  if (allowed !== null || isUnmarked || names.size > 0)
    changed['tools'] = recordsOf(memberOf(request, 'tools'))
      .filter((tool) => allowed === null || allowed.names.has(nameOf(tool)))
      .map((tool) => renamedCall(isUnmarked ? withoutMark(tool) : tool, names))
  if (allowed !== null) changed['tool_choice'] = allowed.mode
  // The only tool there is, by its name, where the provider takes no names.
  else if (isRecord(choice) && !route.capabilities.has('forced_tool_choice'))
    changed['tool_choice'] = 'required'
  else if (isRecord(choice) && names.size > 0) changed['tool_choice'] = renamedCall(choice, names)
  return changed
}

function allowedTools(choice: unknown): { names: ReadonlySet<unknown>; mode: string } | null {
  const allowed = isRecord(choice) ? choice['allowed_tools'] : null
  if (!isRecord(allowed)) return null
  return {
    names: new Set(recordsOf(allowed['tools']).map(nameOf)),
    mode: textOf(allowed['mode']) ?? 'auto',
  }
}

function nameOf(tool: JsonRecord): unknown {
  return isRecord(tool['function']) ? tool['function']['name'] : undefined
}

function memberOf({ raw, members }: ChatRequest, name: string): unknown {
  const member = members.get(name)
  return member === undefined ? undefined : parseExact(raw.toString('utf8', member.start, member.end))
}
