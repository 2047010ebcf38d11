// One call of a webhook's target: no redirect is followed, no private address connected to unless that is allowed, nobody
// waited for longer than the deadline, no answer read further than its status.

import { lookup as lookUp } from 'node:dns'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { isPrivateAddress } from './private-address.ts'

export interface WebhookPost {
  readonly url: URL
  readonly allowsPrivate: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Resolves when the target took it; rejects with why it did not, in words without the URL. */
export async function postWebhook({
  url,
  allowsPrivate,
  headers,
  body,
  timeoutMs,
  signal,
}: WebhookPost): Promise<void> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (!allowsPrivate && isIP(host) !== 0 && isPrivateAddress(host)) throw new Error(PRIVATE)
  const status = await new Promise<number>((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    const deadline = AbortSignal.timeout(timeoutMs)
    const request = send(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)), 'user-agent': 'farthing' },
      signal: AbortSignal.any([signal, deadline]),
      // Looked at as it is connected to: a name may mean another address a moment later.
      ...(allowsPrivate ? {} : { lookup: lookUpPublic }),
      agent: false,
    })
    request.once('response', (response) => {
      resolve(response.statusCode ?? 0)
      response.destroy()
    })
    request.once('error', (error) =>
      reject(deadline.aborted ? new Error(`it did not answer within ${timeoutMs} ms`) : error),
    )
    request.end(body)
  })
  if (status >= 300 && status < 400) throw new Error(`it redirects (${status}), which is not followed`)
  if (status < 200 || status >= 300) throw new Error(`it answered ${status}`)
}

const PRIVATE = 'its address is private; allow_private lets it be called all the same'

const lookUpPublic: LookupFunction = (host, options, done) => {
  lookUp(host, { ...options, all: true }, (error, addresses) => {
    const first = addresses?.[0]
    if (error !== null || first === undefined) return done(error ?? new Error('no address'), '', 0)
    // One private address among public ones is a trap, or a mistake.
    if (addresses.some(({ address }) => isPrivateAddress(address))) return done(new Error(PRIVATE), '', 0)
    if (options.all === true) done(null, addresses)
    else done(null, first.address, first.family)
  })
}
