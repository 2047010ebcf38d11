// What of a request a vendor may bound, and the first bound of a route that it exceeds.

import type { Route } from '../core/route.ts'
import { askedSchema, fitSchema, type SchemaSubset } from '../core/schema-subset.ts'
import type { ChatRequest } from '../openai/chat-request.ts'

export interface Bounds {
  readonly choices: number
  readonly hasTools: boolean
  readonly stops: number
  /** UTF-8 bytes of the longest stop sequence. */
  readonly stopBytes: number
  /** Characters of the longest image URL, and of the largest image's data URL. */
  readonly imageUrl: number
  readonly imageData: number
  /** Whether the JSON schema that the answer has to fit can be told exactly in the subset; true where there is none. */
  readonly fitsSubset: (subset: SchemaSubset) => boolean
}

export function readBounds(request: ChatRequest): Bounds {
  const { choices, features } = request
  const { stops } = features
  return {
    choices,
    hasTools: features.toolCount > 0,
    stops: stops.length,
    stopBytes: stops.reduce((longest, stop) => Math.max(longest, Buffer.byteLength(stop)), 0),
    imageUrl: features.longestImageUrl,
    imageData: features.largestImage,
    fitsSubset: features.responseFormat === 'json_schema' ? fitsOf(request) : () => true,
  }
}

/** Read when first asked for, and once for each subset: a plan asks for every route. */
function fitsOf(request: ChatRequest): Bounds['fitsSubset'] {
  const known = new Map<SchemaSubset, boolean>()
  return (subset) => {
    let isExact = known.get(subset)
    if (isExact === undefined) {
      isExact = fitSchema(askedSchema(request.json()['response_format']), subset).isExact
      known.set(subset, isExact)
    }
    return isExact
  }
}

/** The name of the bound; null when all are kept. */
export function exceededBound({ traits }: Route, asked: Bounds): string | null {
  const { limits } = traits
  if (asked.choices > (asked.hasTools ? limits.choicesWithTools : limits.choices)) return 'choices'
  if (asked.stops > limits.stops) return 'stops'
  if (asked.stopBytes > limits.stopBytes) return 'stop_length'
  if (asked.imageUrl > limits.imageUrl) return 'image_url_length'
  if (asked.imageData > limits.imageData) return 'image_size'
  return traits.schemaSubset === null || asked.fitsSubset(traits.schemaSubset) ? null : 'json_schema'
}
