// Names of requests: sortable by time, unguessable, and unique, because attempts are settled once by them.

import { randomFillSync } from 'node:crypto'

const RANDOM_BYTES = 9
/** Asking the system for randomness costs more than the rest of a name: it is fetched for this many at once. */
const NAMES_AT_ONCE = 256

export function createRequestIds(): () => string {
  const pool = Buffer.alloc(RANDOM_BYTES * NAMES_AT_ONCE)
  let used = pool.length
  return () => {
    if (used === pool.length) {
      randomFillSync(pool)
      used = 0
    }
    const random = pool.toString('hex', used, used + RANDOM_BYTES)
    used += RANDOM_BYTES
    return `req_${timeText(Date.now())}${random}`
  }
}

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'
const BASE = DIGITS.length
const TIME_LENGTH = 9
/** What is the same for a second or so is not written anew for every name. */
let span = Number.NaN
let spanText = ''

/** Milliseconds in base 36. */
function timeText(ms: number): string {
  const spanNow = Math.floor(ms / BASE ** 2)
  if (spanNow !== span) {
    span = spanNow
    spanText = spanNow.toString(BASE).padStart(TIME_LENGTH - 2, '0')
  }
  const rest = ms - spanNow * BASE ** 2
  return spanText + DIGITS.charAt(Math.floor(rest / BASE)) + DIGITS.charAt(rest % BASE)
}
