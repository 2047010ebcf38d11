// GET /ui: the page for a look without Grafana. Open to whoever reaches the port, because it is the same for everybody: all
// that it shows comes from /admin, with the key that its reader types in.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '../../core/errors.ts'
import { createPageFiles, type PageFile } from '../ui/page-files.ts'

/** Nothing from elsewhere, nothing inline, nothing that makes code or markup of text, in nobody's frame. */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  // Asked about each time, answered with 304: a new version is there at once.
  'cache-control': 'no-cache',
  vary: 'accept-encoding',
}

export function ui(app: FastifyInstance, _: object, done: () => void): void {
  const files = createPageFiles()
  app.get('/ui', async (request, reply) => send(request, reply, (await files.load()).get('page.html')))
  app.get<{ Params: { file: string } }>('/ui/:file', async (request, reply) =>
    send(request, reply, (await files.load()).get(request.params.file)),
  )
  done()
}

function send(request: FastifyRequest, reply: FastifyReply, file: PageFile | undefined): FastifyReply {
  if (file === undefined)
    throw new GatewayError('not_found', 'There is no such file of the page; the page itself is at /ui.')
  reply.headers({ ...HEADERS, etag: file.etag })
  if (request.headers['if-none-match']?.includes(file.etag) === true) return reply.code(304).send()
  reply.type(file.type)
  if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(file.plain)
  return reply.header('content-encoding', 'gzip').send(file.gzipped)
}
