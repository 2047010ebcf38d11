// A scrape during the start and during the drain: all of it, or none; and of the first one nothing is missing.

import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { chat, post } from '../support/nothing-lost.ts'
import { openWire } from '../support/wire.ts'

let gateway: TestGateway | null = null
afterEach(async () => {
  await gateway?.fleet.close()
  gateway = null
})

const SCRAPE = 'GET /metrics HTTP/1.1\r\nhost: gateway.test\r\n\r\n'

function familiesOf(text: string): ReadonlySet<string> {
  return new Set(Array.from(text.matchAll(/^# TYPE (\S+) /gm), ([, name = '']) => name))
}

it('the first scrapes, many at once and before any request, are whole', async () => {
  gateway = await startGateway({ firstKey: false })
  const { url } = gateway
  const texts = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const response = await fetch(`${url}/metrics`)
      expect(response.status).toBe(200)
      return response.text()
    }),
  )
  const [first = ''] = texts
  const families = familiesOf(first)
  for (const name of ['farthing_requests_total', 'farthing_spend_usd_total', 'farthing_store_up'])
    expect(families).toContain(name)
  for (const text of texts) expect(familiesOf(text)).toEqual(families)
  expect(first).toMatch(/^farthing_store_up 1$/m)
  await gateway.app.close()
})

it('one that comes while the gateway drains is answered whole, and says what is still under way', async () => {
  gateway = await startGateway()
  const { app, url, fleet } = gateway
  fleet.providers.openai.setLatency({ firstByteMs: 1_000, chunkMs: 0 })
  const wire = await openWire(url)
  wire.send(post(gateway, chat({ model: 'openai/gpt-6-luna' })))
  const waiting = await openWire(url)
  // Half of it: the connection is not idle, and stays.
  waiting.send(SCRAPE.slice(0, 20))
  await pause(100)
  const closing = app.close()
  await pause(100)
  waiting.send(SCRAPE.slice(20))
  const scraped = await waiting.answer()
  expect(scraped.status).toBe(200)
  expect(scraped.headers['connection']).toBe('close')
  expect(scraped.body).toMatch(/^farthing_in_flight_requests 1$/m)
  expect((await wire.answer()).status).toBe(200)
  await Promise.all([closing, waiting.closed])
  await expect(fetch(`${url}/metrics`)).rejects.toThrow('fetch failed')
})
