// The traits of a family of models, as one route of a model has them.

import { EFFORTS, type Effort, type Traits } from '../core/route.ts'
import type { RouteEntry, TraitsEntry } from './schema.ts'

export function buildTraits(entry: TraitsEntry, route: RouteEntry): Traits {
  const { limits } = entry
  return {
    hints: new Set(route.reasons ? (entry.hints_thinking ?? entry.hints) : entry.hints),
    exclusive: entry.exclusive,
    ranges: new Map(
      Object.entries(entry.ranges).map(([name, [least, most]]) => [name, { least, most }] as const),
    ),
    efforts: new Map(EFFORTS.flatMap((effort) => wordOf(entry, effort))),
    defaultEffort: entry.default_effort ?? null,
    isToldToThink: entry.thinking === 'adaptive',
    limits: {
      choices: limits.choices ?? Infinity,
      choicesWithTools: limits.choices_with_tools ?? limits.choices ?? Infinity,
      stops: limits.stops ?? Infinity,
      stopBytes: limits.stop_bytes ?? Infinity,
      imageUrl: limits.image_url ?? Infinity,
      imageData: limits.image_data ?? Infinity,
    },
    sendsText: entry.content === 'text',
    takesCacheMarks: entry.cache_marks,
    needsJsonWord: entry.json_word,
    schemaSubset: entry.schema_subset ?? null,
    streamsAlways: entry.streams_always,
    toolNames:
      entry.tool_names === undefined
        ? null
        : { pattern: new RegExp(entry.tool_names.pattern), reserved: new Set(entry.tool_names.reserved) },
  }
}

function wordOf({ efforts }: TraitsEntry, effort: Effort): readonly (readonly [Effort, string])[] {
  const word = efforts[effort]
  return word === undefined ? [] : [[effort, word]]
}
