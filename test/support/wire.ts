// A client that is nothing but a socket: it sends the bytes it is given and reads HTTP/1.1 answers one by one.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface WireAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Wire {
  readonly socket: Socket
  send(bytes: string | Uint8Array): void
  /** The next answer; rejects when the connection ends before it is whole. */
  answer(): Promise<WireAnswer>
  /** The head of an answer that has no body, whatever its length says: that to HEAD. */
  headOnly(): Promise<string>
  /** Resolves when the other side has closed the connection. */
  readonly closed: Promise<void>
  destroy(): void
}

export async function openWire(url: string): Promise<Wire> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  let waiting = Buffer.alloc(0)
  let isClosed = false
  let wake: (() => void) | undefined
  socket.on('data', (chunk) => {
    waiting = Buffer.concat([waiting, chunk])
    wake?.()
  })
  // A reset is one way to close; what came before it counts.
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      isClosed = true
      wake?.()
      resolve()
    })
  })
  const more = async (): Promise<void> => {
    if (isClosed) throw new Error(`the connection ended after ${JSON.stringify(waiting.toString('latin1'))}`)
    await new Promise<void>((resolve) => (wake = resolve))
  }
  const take = (length: number): Buffer => {
    const taken = waiting.subarray(0, length)
    waiting = waiting.subarray(length)
    return taken
  }
  const takeThrough = async (end: string): Promise<string> => {
    while (!waiting.includes(end)) await more()
    return take(waiting.indexOf(end) + end.length).toString('latin1')
  }
  const takeLength = async (length: number): Promise<string> => {
    while (waiting.length < length) await more()
    return take(length).toString()
  }
  const takeChunks = async (): Promise<string> => {
    for (let body = ''; ; ) {
      const length = Number.parseInt(await takeThrough('\r\n'), 16)
      body += await takeLength(length)
      await takeThrough('\r\n')
      if (length === 0) return body
    }
  }
  return {
    socket,
    closed,
    send: (bytes) => void socket.write(bytes),
    async answer() {
      const [first = '', ...lines] = (await takeThrough('\r\n\r\n')).trimEnd().split('\r\n')
      const headers = Object.fromEntries(
        lines.map((line) => [
          line.slice(0, line.indexOf(':')).toLowerCase(),
          line.slice(line.indexOf(':') + 1).trim(),
        ]),
      )
      const isChunked = headers['transfer-encoding'] === 'chunked'
      const body = isChunked ? await takeChunks() : await takeLength(Number(headers['content-length'] ?? 0))
      return { status: Number(first.split(' ')[1]), headers, body }
    },
    headOnly: () => takeThrough('\r\n\r\n'),
    destroy: () => void socket.destroy(),
  }
}
