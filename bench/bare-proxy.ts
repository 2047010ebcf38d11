// The baseline of the benchmarks: the least a proxy on Fastify and undici can do. Fastify with the body as a Buffer,
// `reply.hijack()`, undici `dispatch`, bytes both ways; no keys, no routing, no books. Prints its URL.

import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import Fastify from 'fastify'
import { Pool } from 'undici'

const upstream = process.argv[2]
if (upstream === undefined) throw new Error('usage: bare-proxy.ts UPSTREAM_URL')
const pool = new Pool(upstream, { headersTimeout: 0, bodyTimeout: 0, allowH2: false })

function forward(body: Buffer, raw: ServerResponse): void {
  pool.dispatch(
    { method: 'POST', path: '/v1/chat/completions', headers: { 'content-type': 'application/json' }, body },
    {
      // undici takes a handler without it for one of its old kind, and calls none of these.
      onRequestStart() {},
      onResponseStart(_, status, headers: IncomingHttpHeaders) {
        raw.writeHead(status, headers)
      },
      onResponseData(controller, chunk) {
        if (raw.write(chunk)) return
        controller.pause()
        raw.once('drain', () => controller.resume())
      },
      onResponseEnd: () => void raw.end(),
      onResponseError: () => raw.destroy(),
    },
  )
}

const app = Fastify({ bodyLimit: 16 * 1024 * 1024 })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
app.post('/v1/chat/completions', (request, reply) => {
  reply.hijack()
  if (Buffer.isBuffer(request.body)) forward(request.body, reply.raw)
})
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
