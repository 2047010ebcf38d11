// A door between a client and a server, on a real socket: it can be closed, or stand open with nobody behind it.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'

export interface Address {
  readonly host: string
  readonly port: number
}

export type Direction = 'request' | 'reply'

export interface Gate {
  readonly port: number
  /** Every connection is reset, and new ones too, until `resume`. */
  cut(): Promise<void>
  /** Bytes are held back on every connection, old and new, until `resume`. */
  stall(): void
  resume(): void
  redirect(target: Address): void
  /** From now on bytes arrive so much later, both ways. */
  slow(ms: number): void
  /** The next bytes of that direction do not arrive: their connection is reset instead. */
  cutNext(direction: Direction): void
  close(): Promise<void>
}

export async function openGate(first: Address): Promise<Gate> {
  let target = first
  let state: 'open' | 'stalled' | 'cut' = 'open'
  const sockets = new Set<Socket>()
  const weather: Weather = { delayMs: 0, toCut: [] }
  const server = createServer((client) => {
    if (state === 'cut') {
      client.resetAndDestroy()
      return
    }
    const upstream = connect({ ...target, noDelay: true })
    client.setNoDelay(true)
    join({ client, upstream }, sockets, weather)
    if (state === 'stalled') for (const socket of [client, upstream]) socket.pause()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the gate has no port')
  return {
    port: address.port,
    async cut() {
      state = 'cut'
      const closed = [...sockets].map((socket) => once(socket, 'close'))
      for (const socket of sockets) socket.resetAndDestroy()
      await Promise.all(closed)
    },
    stall() {
      state = 'stalled'
      for (const socket of sockets) socket.pause()
    },
    resume() {
      state = 'open'
      for (const socket of sockets) socket.resume()
    },
    redirect(next) {
      target = next
    },
    slow(ms) {
      weather.delayMs = ms
    },
    cutNext(direction) {
      weather.toCut.push(direction)
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.resetAndDestroy()
      await closed
    },
  }
}

/** What happens to bytes on their way. */
interface Weather {
  delayMs: number
  /** Directions of which the next bytes are to be lost. */
  toCut: Direction[]
}

interface Ends {
  readonly client: Socket
  readonly upstream: Socket
}

function join({ client, upstream }: Ends, sockets: Set<Socket>, weather: Weather): void {
  for (const [direction, from, to] of [
    ['request', client, upstream],
    ['reply', upstream, client],
  ] as const) {
    sockets.add(from)
    let lastAtMs = 0
    from.on('data', (chunk) => {
      if (weather.toCut.includes(direction)) {
        weather.toCut.splice(weather.toCut.indexOf(direction), 1)
        client.resetAndDestroy()
        return
      }
      const nowMs = performance.now()
      if (weather.delayMs === 0 && lastAtMs <= nowMs) {
        to.write(chunk)
        return
      }
      // Never before what came earlier.
      lastAtMs = Math.max(lastAtMs, nowMs + weather.delayMs)
      setTimeout(() => {
        if (!to.destroyed) to.write(chunk)
      }, lastAtMs - nowMs)
    })
    from.on('error', () => undefined)
    from.once('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }
}
