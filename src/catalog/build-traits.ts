// The traits of a family of models, as one route of a model has them.

import { EFFORTS, type Effort, isProviderId, type Traits } from '../core/route.ts'
import type { ModelEntry, RouteEntry, TraitsEntry } from './schema.ts'

export function buildTraits(
  entry: TraitsEntry,
  { model, route }: { readonly model: ModelEntry; readonly route: RouteEntry },
): Traits {
  const { limits } = entry
  return {
    hints: new Set(route.reasons ? (entry.hints_thinking ?? entry.hints) : entry.hints),
    serviceTiers: buildServiceTiers(model),
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
    textResults: entry.results === 'text',
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

/** They can be asked for whatever the model (types of the openai 7.57 client). */
const ORDINARY_TIERS = ['auto', 'default', 'scale']
/** Has an API of its own. */
const BATCH = 'batch'

/** Those with a price; of a server of the operator's nothing is known. */
function buildServiceTiers({ provider, prices }: ModelEntry): Traits['serviceTiers'] {
  if (!isProviderId(provider)) return null
  const priced = prices.flatMap(({ service_tiers: tiers }) => Object.keys(tiers))
  return new Set([...ORDINARY_TIERS, ...priced.filter((name) => name !== BATCH)])
}
