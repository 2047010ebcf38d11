// Tools, and the choice among them: the Responses API has them without the wrapper of Chat Completions, and takes a
// function for strict unless it says otherwise.

import { rootedSchema } from '../../core/tool-schema.ts'
import { isRecord, type JsonRecord, recordsOf } from '../json-record.ts'

export function responsesTools(body: JsonRecord): JsonRecord {
  const tools = recordsOf(body['tools']).map(responsesTool)
  if (tools.length === 0) return {}
  const choice = responsesToolChoice(body['tool_choice'])
  return choice === null ? { tools } : { tools, tool_choice: choice }
}

function responsesTool(tool: JsonRecord): JsonRecord {
  const { function: described, custom, type, ...others } = tool
  if (type === 'function' && isRecord(described)) {
    const { parameters, strict, ...named } = described
    return {
      type,
      ...named,
      parameters: rootedSchema(parameters).schema,
      strict: strict ?? false,
      ...others,
    }
  }
  if (type === 'custom' && isRecord(custom)) {
    const { format, ...named } = custom
    return { type, ...named, ...(format === undefined ? {} : { format: customFormat(format) }), ...others }
  }
  return tool
}

function customFormat(format: unknown): unknown {
  if (!isRecord(format) || !isRecord(format['grammar'])) return format
  return { type: 'grammar', ...format['grammar'] }
}

function responsesToolChoice(choice: unknown): unknown {
  if (!isRecord(choice)) return choice ?? null
  if (isRecord(choice['allowed_tools'])) {
    const { mode, tools } = choice['allowed_tools']
    return { type: 'allowed_tools', mode, tools: recordsOf(tools).map(namedTool) }
  }
  return namedTool(choice)
}

/** `{ type, function: { name } }` and `{ type, custom: { name } }` → `{ type, name }`. */
function namedTool(choice: JsonRecord): JsonRecord {
  const { type } = choice
  const named = type === 'custom' ? choice['custom'] : choice['function']
  return isRecord(named) ? { type, name: named['name'] } : choice
}
