// Who may send requests: every path under /v1 wants a key that exists, is not revoked and has not expired.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const CHAT = JSON.stringify({ model: 'economy', messages: [{ role: 'user', content: 'Hello' }] })

async function ask(
  authorization: string | undefined,
  url = gateway.url,
): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    },
    body: CHAT,
  })
  return { status: response.status, text: await response.text() }
}

const isRefusal = {
  status: 401,
  text: expect.stringMatching(/"type":"invalid_request_error".*"code":"invalid_api_key"/),
}

it.each([
  ['POST', '/v1/chat/completions'],
  ['GET', '/v1/models'],
  ['HEAD', '/v1/models'],
  ['GET', '/v1/models/economy'],
  ['GET', '/v1/models/openai/gpt-6-luna'],
])('%s %s wants a key', async (method, path) => {
  for (const authorization of [undefined, 'Bearer fth_unknown', `Bearer ${gateway.adminKey}`]) {
    const response = await fetch(`${gateway.url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(method === 'POST' ? { body: CHAT } : {}),
    })
    expect(response.status).toBe(401)
    await response.arrayBuffer()
  }
})

it('the scheme is read in any case, and more than one blank is allowed', async () => {
  for (const scheme of ['Bearer ', 'bearer ', 'BEARER   '])
    expect((await ask(`${scheme}${gateway.key}`)).status).toBe(200)
})

it('a revoked key is refused within a second, and by everybody who had known it', async () => {
  const created: { id: string; key: string } = JSON.parse(
    await (await gateway.admin('/keys', { method: 'POST', body: { name: 'short' } })).text(),
  )
  expect((await ask(`Bearer ${created.key}`)).status).toBe(200)
  await gateway.admin(`/keys/${created.id}`, { method: 'DELETE' })
  await new Promise((resolve) => setTimeout(resolve, 1_050))
  expect(await ask(`Bearer ${created.key}`)).toEqual(isRefusal)
})

it('an expired key is refused in the same words as an unknown one', async () => {
  const key = await gateway.createKey({ expires_at: new Date(gateway.clock.now() + 300).toISOString() })
  expect((await ask(`Bearer ${key}`)).status).toBe(200)
  await new Promise((resolve) => setTimeout(resolve, 350))
  const expired = await ask(`Bearer ${key}`)
  expect(expired).toEqual(isRefusal)
  expect(expired.text).toBe((await ask('Bearer fth_0123456789012345678901234567890123456789')).text)
  expect(expired.text).not.toContain(key)
})

it('admin paths are not there without an admin key, and the log says so', async () => {
  const closed = await startGateway({ env: { FARTHING_ADMIN_KEY: '' }, firstKey: false })
  try {
    const response = await closed.admin('/keys')
    expect(response.status).toBe(404)
    expect(JSON.parse(await response.text())).toMatchObject({ error: { code: 'not_found' } })
    expect(closed.log()).toMatch(/FARTHING_ADMIN_KEY is not set: \/admin\/\* answers 404/)
  } finally {
    await closed.close()
  }
})

describe('auth: open', () => {
  let open: TestGateway | null = null
  afterEach(async () => {
    await open?.close()
    open = null
  })

  it('on loopback asks for no key, warns, and still refuses a wrong key of ours', async () => {
    open = await startGateway({ config: { auth: { mode: 'open' } } })
    for (const authorization of [undefined, 'Bearer sk-anything'])
      expect((await ask(authorization, open.url)).status).toBe(200)
    expect((await ask(`Bearer ${open.key}`, open.url)).status).toBe(200)
    expect(await ask('Bearer fth_wrong', open.url)).toEqual(isRefusal)
    expect(open.log()).toMatch(/"level":"warn".*auth is open/)
  })

  it.each(['0.0.0.0', '::', '192.0.2.2', 'gateway.example'])('on %s stops the start', async (host) => {
    await expect(
      startGateway({ config: { auth: { mode: 'open' } }, env: { HOST: host } }),
    ).rejects.toMatchObject({
      problems: [{ path: 'auth.mode', wanted: expect.stringMatching(/loopback/) }],
    })
  })
})
