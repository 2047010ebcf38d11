// A provider that answers exactly the bytes it is told to, in the pieces it is told to, on a real socket.

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Script {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Whether the answer has a date, as HTTP wants it. */
  readonly isDated?: boolean
  /** Sent one by one, each as a chunk of its own; a number is a pause in milliseconds. */
  readonly pieces: readonly (Uint8Array | string | number)[]
  /** `reset` breaks the connection off, `hang` leaves it open. */
  readonly end?: 'close' | 'reset' | 'hang'
}

interface ScriptedRequest {
  readonly path: string
  readonly authorization: string | undefined
  readonly body: string
}

export interface ScriptedProvider {
  readonly url: string
  /** What was asked, in order. */
  readonly requests: readonly ScriptedRequest[]
  /** Exchanges that the gateway broke off. */
  readonly abortCount: number
  /** Answers every request from now on. */
  play(script: Script): void
  close(): Promise<void>
}

export async function startScriptedProvider(): Promise<ScriptedProvider> {
  const requests: ScriptedRequest[] = []
  let script: Script = { pieces: [] }
  let abortCount = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { authorization } = request.headers
      requests.push({ path: request.url ?? '', authorization, body: Buffer.concat(chunks).toString('utf8') })
      response.on('close', () => {
        if (!response.writableFinished) abortCount++
      })
      void perform(script, response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening')
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    get abortCount() {
      return abortCount
    },
    play(next) {
      script = next
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function perform(
  { status = 200, headers = {}, isDated = true, pieces, end = 'close' }: Script,
  response: ServerResponse,
) {
  response.sendDate = isDated
  response.writeHead(status, { 'content-type': 'text/event-stream', ...headers })
  response.socket?.setNoDelay(true)
  for (const piece of pieces) {
    if (typeof piece === 'number') await sleep(piece)
    else await new Promise((resolve) => response.write(piece, resolve))
  }
  if (end === 'close') response.end()
  // A reset overtakes what is still on its way, so the pieces get a moment to arrive.
  else if (end === 'reset') await sleep(30).then(() => response.socket?.resetAndDestroy())
}

/** Bytes in pieces of a few, sizes in turn. */
export function inPieces(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? bytes.length
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return pieces
}
