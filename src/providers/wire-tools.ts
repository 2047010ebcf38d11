// Tools and the choice among them as a provider of OpenAI's wire takes them; untouched where nothing has to change.

import type { Route } from '../core/route.ts'
import { askedSchema, fitSchema, type SchemaSubset } from '../core/schema-subset.ts'
import { rootedSchema } from '../core/tool-schema.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import { isRecord, type JsonRecord, parseExact, recordsOf, textOf } from './json-record.ts'
import { tellsSchema } from './told-schema.ts'
import { renamedCall, renamedChoice, type ToolNames } from './tool-names.ts'
import { withoutMark } from './wire-messages.ts'

export interface ToolTarget {
  readonly route: Route
  readonly names: ToolNames
  /** Whether the provider narrows the tools of one turn by itself (`allowed_tools`). */
  readonly knowsAllowedTools: boolean
  /** Whether what a tool takes has to be an object at its root. */
  readonly wantsRoots: boolean
}

/** The members that differ from the client's. */
export function toolMembers(
  request: ChatRequest,
  { route, names, knowsAllowedTools, wantsRoots }: ToolTarget,
): JsonRecord {
  const { features } = request
  if (features.toolCount === 0) return {}
  const choice = memberOf(request, 'tool_choice')
  const allowed = knowsAllowedTools ? null : allowedTools(choice)
  const isUnmarked = features.hasToolCacheMark && !route.traits.takesCacheMarks
  const { schemaSubset } = route.traits
  const isLoose = wantsRoots && features.hasLooseSchema
  const changed: Record<string, unknown> = {}
  if (allowed !== null || isUnmarked || names.size > 0 || schemaSubset !== null || isLoose)
    changed['tools'] = recordsOf(memberOf(request, 'tools'))
      .filter((tool) => allowed === null || allowed.names.has(nameOf(tool)))
      .map((tool) => renamedCall(isUnmarked ? withoutMark(tool) : tool, names))
      .map((tool) => (schemaSubset === null ? tool : withFittedParameters(tool, schemaSubset)))
      .map((tool) => (isLoose ? withRootedParameters(tool) : tool))
  if (allowed !== null) changed['tool_choice'] = allowed.mode
  // The only tool there is, by its name, where the provider takes no names.
  else if (isRecord(choice) && !route.capabilities.has('forced_tool_choice'))
    changed['tool_choice'] = 'required'
  else if (isRecord(choice) && names.size > 0) changed['tool_choice'] = renamedChoice(choice, names)
  return changed
}

function withRootedParameters(tool: JsonRecord): JsonRecord {
  const described = tool['function']
  if (!isRecord(described) || !('parameters' in described)) return tool
  return { ...tool, function: { ...described, parameters: rootedSchema(described['parameters']).schema } }
}

/** Names what of the tools is told less exactly than it was asked. */
export function lostRoots(request: ChatRequest): readonly string[] {
  if (!request.features.hasLooseSchema) return []
  const isLess = recordsOf(memberOf(request, 'tools')).some(
    ({ function: described }) => isRecord(described) && !rootedSchema(described['parameters']).isExact,
  )
  return isLess ? ['tools.parameters'] : []
}

/** What a tool takes may be told less exactly: whoever runs it looks at what it gets. */
function withFittedParameters(tool: JsonRecord, subset: SchemaSubset): JsonRecord {
  const described = tool['function']
  if (!isRecord(described) || !isRecord(described['parameters'])) return tool
  const { schema } = fitSchema(described['parameters'], subset)
  return { ...tool, function: { ...described, parameters: schema } }
}

/** The format of the answer: JSON mode, or its schema in the subset that the provider takes. */
export function formatMember(request: ChatRequest, route: Route): JsonRecord {
  if (tellsSchema(request, route)) return { response_format: { type: 'json_object' } }
  const { traits } = route
  if (traits.schemaSubset === null || request.features.responseFormat !== 'json_schema') return {}
  const format = memberOf(request, 'response_format')
  if (!isRecord(format) || !isRecord(format['json_schema'])) return {}
  const { schema } = fitSchema(askedSchema(format), traits.schemaSubset)
  return { response_format: { ...format, json_schema: { ...format['json_schema'], schema } } }
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
