// A moment that an operator sent.

import { INSTANT_WORDS, readInstant } from '../core/instant.ts'
import { invalidInput } from './parse-input.ts'

/** Milliseconds since the epoch. Throws GatewayError `invalid_request` naming `field`. */
export function parseInstant(value: string | number, field: string): number {
  const timeMs = readInstant(value)
  if (timeMs === null) throw invalidInput(field, `is not a moment; write ${INSTANT_WORDS}`)
  return timeMs
}
