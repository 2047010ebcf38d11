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
    return `req_${Date.now().toString(36).padStart(9, '0')}${random}`
  }
}
