// /metrics is open to this machine; whoever comes from elsewhere needs the token.

import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'

const TOKEN = 'metrics-token-0123456789'

let gateway: TestGateway | null = null
afterEach(async () => {
  await gateway?.close()
  gateway = null
})

async function start(config: Record<string, Record<string, unknown>>): Promise<string> {
  gateway = await startGateway({ config, env: { HOST: '0.0.0.0', FARTHING_METRICS_TOKEN: TOKEN } })
  return new URL(gateway.url).port
}

/** An address of this machine that is not loopback: who connects to it comes from it, as another machine would. */
const OUTSIDE = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address

async function scrape(url: string, authorization?: string): Promise<{ status: number; text: string }> {
  const response = await fetch(url, authorization === undefined ? {} : { headers: { authorization } })
  return { status: response.status, text: await response.text() }
}

it('is open on loopback, in Prometheus’ format', async () => {
  const port = await start({})
  const response = await fetch(`http://127.0.0.1:${port}/metrics`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  expect(await response.text()).toMatch(/^# TYPE farthing_requests_total counter$/m)
})

describe.skipIf(OUTSIDE === undefined)('from elsewhere', () => {
  it.each([
    ['token', TOKEN],
    ['token_env', 'FARTHING_METRICS_TOKEN'],
  ])('wants the token of metrics.%s', async (name, value) => {
    const port = await start({ metrics: { [name]: value } })
    const url = `http://${OUTSIDE}:${port}/metrics`
    expect(await scrape(url, `Bearer ${TOKEN}`)).toMatchObject({
      status: 200,
      text: expect.stringMatching(/farthing_in_flight_requests 0/),
    })
    for (const authorization of [
      undefined,
      '',
      'Bearer',
      `Bearer ${TOKEN}x`,
      TOKEN,
      `Bearer ${gateway?.key}`,
    ]) {
      const { status, text } = await scrape(url, authorization)
      expect(status).toBe(401)
      expect(JSON.parse(text)).toMatchObject({ error: { code: 'invalid_api_key' } })
      expect(text).not.toContain('farthing_in_flight')
    }
    expect((await scrape(`http://127.0.0.1:${port}/metrics`)).status).toBe(200)
  })

  it('is closed where there is no token', async () => {
    const port = await start({})
    for (const authorization of [undefined, 'Bearer ', 'Bearer null', `Bearer ${TOKEN}`])
      expect((await scrape(`http://${OUTSIDE}:${port}/metrics`, authorization)).status).toBe(401)
  })
})
