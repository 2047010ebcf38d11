// How a server ends: nothing new is taken, and what is under way may finish until a deadline.

import type { FastifyInstance } from 'fastify'

const CLOSE_IDLE_EVERY_MS = 50

/** No new requests; those under way may finish until the deadline, and their connections are cut after it. */
export async function drain(server: FastifyInstance, timeoutMs: number): Promise<void> {
  const timer = setTimeout(() => server.server.closeAllConnections(), timeoutMs)
  // A stream that began before has promised to keep its connection: it ends when the stream has.
  const idle = setInterval(() => server.server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS)
  await server.close()
  clearInterval(idle)
  clearTimeout(timer)
}

/** Waits until they have ended, or the time is over. */
export async function settled(open: Iterable<Promise<void>>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, timeoutMs)
  })
  await Promise.race([Promise.all(open), timeout])
  clearTimeout(timer)
}
