// What of a request a vendor may bound, and the first bound of a route that it exceeds.

import type { Route } from '../core/route.ts'
import { askedSchema, fitSchema, SCHEMA_SUBSETS, type SchemaSubset } from '../core/schema-subset.ts'
import type { ChatRequest } from '../openai/chat-request.ts'

/** Data alone: verdicts are remembered by it. */
export interface Bounds {
  readonly choices: number
  readonly hasTools: boolean
  readonly stops: number
  /** UTF-8 bytes of the longest stop sequence. */
  readonly stopBytes: number
  /** Characters of the longest image URL, and of the largest image's data URL. */
  readonly imageUrl: number
  readonly imageData: number
  /** The subsets in which the JSON schema that the answer has to fit cannot be told exactly. */
  readonly inexactSubsets: readonly SchemaSubset[]
}

/** `checksSchema`: what a subset cannot tell is checked afterwards, and bounds nothing. */
export function readBounds(request: ChatRequest, checksSchema: boolean): Bounds {
  const { choices, features } = request
  const { stops } = features
  return {
    choices,
    hasTools: features.toolCount > 0,
    stops: stops.length,
    stopBytes: stops.reduce((longest, stop) => Math.max(longest, Buffer.byteLength(stop)), 0),
    imageUrl: features.longestImageUrl,
    imageData: features.largestImage,
    inexactSubsets: checksSchema ? [] : inexactSubsets(request),
  }
}

export function inexactSubsets(request: ChatRequest): readonly SchemaSubset[] {
  if (request.features.responseFormat !== 'json_schema') return []
  const schema = askedSchema(request.json()['response_format'])
  return SCHEMA_SUBSETS.filter((subset) => !fitSchema(schema, subset).isExact)
}

/** The name of the bound; null when all are kept. */
export function exceededBound({ traits }: Route, asked: Bounds): string | null {
  const { limits } = traits
  if (asked.choices > (asked.hasTools ? limits.choicesWithTools : limits.choices)) return 'choices'
  if (asked.stops > limits.stops) return 'stops'
  if (asked.stopBytes > limits.stopBytes) return 'stop_length'
  if (asked.imageUrl > limits.imageUrl) return 'image_url_length'
  if (asked.imageData > limits.imageData) return 'image_size'
  const { schemaSubset } = traits
  return schemaSubset !== null && asked.inexactSubsets.includes(schemaSubset) ? 'json_schema' : null
}
