// What of a request a vendor may bound, and the first bound of a route that it exceeds.

import type { Route } from '../core/route.ts'
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
}

export function readBounds({ choices, features }: ChatRequest): Bounds {
  const { stops } = features
  return {
    choices,
    hasTools: features.toolCount > 0,
    stops: stops.length,
    stopBytes: stops.reduce((longest, stop) => Math.max(longest, Buffer.byteLength(stop)), 0),
    imageUrl: features.longestImageUrl,
    imageData: features.largestImage,
  }
}

/** The name of the bound; null when all are kept. */
export function exceededBound({ traits: { limits } }: Route, asked: Bounds): string | null {
  if (asked.choices > (asked.hasTools ? limits.choicesWithTools : limits.choices)) return 'choices'
  if (asked.stops > limits.stops) return 'stops'
  if (asked.stopBytes > limits.stopBytes) return 'stop_length'
  if (asked.imageUrl > limits.imageUrl) return 'image_url_length'
  return asked.imageData > limits.imageData ? 'image_size' : null
}
