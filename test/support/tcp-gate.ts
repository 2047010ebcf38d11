// A door between a client and a server, on a real socket: it can be closed, or stand open with nobody behind it.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface Gate {
  readonly port: number
  /** Every connection is reset, and new ones too, until `resume`. */
  cut(): Promise<void>
  /** Bytes are held back on every connection, old and new, until `resume`. */
  stall(): void
  resume(): void
  redirect(target: Address): void
  close(): Promise<void>
}

export async function openGate(first: Address): Promise<Gate> {
  let target = first
  let state: 'open' | 'stalled' | 'cut' = 'open'
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    if (state === 'cut') {
      client.resetAndDestroy()
      return
    }
    const upstream = connect({ ...target, noDelay: true })
    client.setNoDelay(true)
    join(client, upstream, sockets)
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
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.resetAndDestroy()
      await closed
    },
  }
}

function join(client: Socket, upstream: Socket, sockets: Set<Socket>): void {
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    sockets.add(from)
    from.on('data', (chunk) => to.write(chunk))
    from.on('error', () => undefined)
    from.once('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }
}
