// The files of the page over plain HTTP: what they weigh, how they are kept, and what a browser is told to refuse.

import { gunzipSync } from 'node:zlib'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'

const LIMIT_BYTES = 150_000

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

async function ask(path: string, headers: Record<string, string> = {}) {
  const answer = await request(`${gateway.url}${path}`, { headers })
  const bytes = Buffer.from(await answer.body.arrayBuffer())
  return { status: answer.statusCode, headers: answer.headers, bytes }
}

/** The page and all that it loads, as they are named in one another. */
async function collectFiles(): Promise<ReadonlyMap<string, { sent: number; text: string }>> {
  const files = new Map<string, { sent: number; text: string }>()
  const waiting = ['/ui']
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(path)) continue
    const { status, headers, bytes } = await ask(path, { 'accept-encoding': 'gzip, br' })
    expect({ path, status, encoding: headers['content-encoding'] }).toEqual({
      path,
      status: 200,
      encoding: 'gzip',
    })
    const text = gunzipSync(bytes).toString()
    files.set(path, { sent: bytes.length, text })
    for (const [, name = ''] of text.matchAll(/(?:src|href)="(\/ui\/[^"]+)"/g)) waiting.push(name)
    for (const [, name = ''] of text.matchAll(/\bfrom\s+'\.\/([^']+)'/g)) waiting.push(`/ui/${name}`)
  }
  return files
}

describe('the page', () => {
  it(`weighs less than ${LIMIT_BYTES / 1000} KB, compressed`, async () => {
    const files = await collectFiles()
    const sum = [...files.values()].reduce((total, { sent }) => total + sent, 0)
    process.stdout.write(`the page: ${files.size} files, ${(sum / 1000).toFixed(1)} KB compressed\n`)
    expect(files.size).toBeGreaterThan(15)
    expect(sum).toBeGreaterThan(20_000)
    expect(sum).toBeLessThan(LIMIT_BYTES)
  })

  it('asks for nothing from elsewhere, and has no types left in it', async () => {
    const files = await collectFiles()
    for (const [path, { text }] of files) {
      if (path === '/ui/uplot.js') continue
      expect(text).not.toMatch(/(?:src|href|from|import|url|fetch)\s*[("'=]+\s*(?:https?:)?\/\//)
      if (path.endsWith('.ts')) expect(text).not.toMatch(/^import type|^export interface|: string[,)]/m)
    }
  })

  it.each(['/ui', '/ui/', '/ui/page.css', '/ui/page.ts', '/ui/icon.svg'])(
    '%s is told what it may',
    async (path) => {
      const { status, headers } = await ask(path)
      expect(status).toBe(200)
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
          "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
      )
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-cache',
        'x-request-id': expect.stringMatching(/^req_/),
      })
    },
  )

  it('is not sent again where it is known', async () => {
    const first = await ask('/ui/page.ts')
    const etag = String(first.headers['etag'])
    const again = await ask('/ui/page.ts', { 'if-none-match': `"other", ${etag}` })
    expect([again.status, again.bytes.length, again.headers['etag']]).toEqual([304, 0, etag])
    const changed = await ask('/ui/page.ts', { 'if-none-match': '"other"' })
    expect([changed.status, changed.bytes.equals(first.bytes)]).toEqual([200, true])
    expect(first.headers['content-encoding']).toBeUndefined()
  })

  it.each([
    '/ui/tsconfig.json',
    '/ui/gone.ts',
    '/ui/..%2fapp.ts',
    '/ui/%2e%2e/app.ts',
    '/ui/constructor',
    '/ui/page.ts/more',
  ])('%s is none of its files', async (path) => {
    const { status, bytes } = await ask(path)
    expect([status, JSON.parse(bytes.toString()).error.code]).toEqual([404, 'not_found'])
  })
})
