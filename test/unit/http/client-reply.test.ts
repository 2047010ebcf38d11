// The client's side of a completion, on a real socket.

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RawClientReply } from '../../../src/http/client-reply.ts'

const server = createServer()
let warnings: string[]
const warn = (warning: Error): void => void warnings.push(warning.name)
beforeEach(async () => {
  warnings = []
  process.on('warning', warn)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  process.off('warning', warn)
  server.close()
  await once(server, 'close')
})

async function receive() {
  const address = server.address()
  const socket = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1')
  const received = once(server, 'request')
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  const [, response]: [unknown, ServerResponse] = await received.then(([request, answer]) => [
    request,
    answer,
  ])
  return { socket, response, reply: new RawClientReply(response, 'req_1') }
}

describe('a client that leaves', () => {
  it('is told of to everybody who asked, however many they are, and without a warning of Node', async () => {
    const { socket, response, reply } = await receive()
    const told: number[] = []
    for (let index = 0; index < 30; index++) reply.onGone(() => told.push(index))
    const closed = once(response, 'close')
    socket.destroy()
    await closed
    expect(told).toEqual(Array.from({ length: 30 }, (_, index) => index))
    expect(reply.isGone).toBe(true)
    // Node tells them in the next turn.
    await new Promise((resolve) => setImmediate(resolve))
    expect(warnings).toEqual([])
  })

  it('after the whole answer has not left it', async () => {
    const { socket, response, reply } = await receive()
    const told: string[] = []
    reply.onGone(() => told.push('gone'))
    const closed = once(response, 'close')
    reply.json(200, [], '{}')
    await once(socket, 'data')
    socket.destroy()
    await closed
    expect(told).toEqual([])
    expect(reply.isGone).toBe(false)
  })
})
