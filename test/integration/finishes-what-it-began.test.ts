// A gateway that stops finishes what is under way, books it, and keeps nobody waiting for nothing.

import { afterEach, expect, it } from 'vitest'
import { type GatewayOptions, startGateway, type TestGateway } from '../support/gateway.ts'
import { chat, post } from '../support/nothing-lost.ts'
import { openWire } from '../support/wire.ts'

let gateway: TestGateway | null = null
afterEach(async () => {
  await gateway?.fleet.close()
  gateway = null
})

async function start(options: GatewayOptions = {}): Promise<TestGateway> {
  gateway = await startGateway(options)
  for (const provider of Object.values(gateway.fleet.providers))
    provider.setLatency({ firstByteMs: 50, chunkMs: 10 })
  return gateway
}

/** How often the log says that a request ended so. */
function logged(log: string, outcome: string): number {
  return log
    .split('\n')
    .filter((line) => line.includes('request finished') && line.includes(`"outcome":"${outcome}"`)).length
}

it('streams and whole answers that have begun are finished and booked', async () => {
  const running = await start()
  const { app, url, fleet } = running
  const streams = await Promise.all(
    ['openai/gpt-6-luna', 'anthropic/claude-haiku-5-5'].map((model) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${running.key}`, 'content-type': 'application/json' },
        body: chat({ model, stream: true }),
      }),
    ),
  )
  const wire = await openWire(url)
  wire.send(post(running, chat({ model: 'deepseek/deepseek-flash' })))
  await new Promise((resolve) => setTimeout(resolve, 20))
  const closing = app.close()
  const startedAt = performance.now()
  for (const stream of streams) {
    expect(stream.status).toBe(200)
    expect(await stream.text()).toMatch(/data: \[DONE\]\n\n$/)
  }
  const answer = await wire.answer()
  expect(answer.status).toBe(200)
  await closing
  // Not when a kept connection ends by itself.
  expect(performance.now() - startedAt).toBeLessThan(10_000)
  expect(logged(running.log(), 'success')).toBe(3)
  expect(logged(running.log(), 'client_gone')).toBe(0)
  expect(fleet.books().requests).toBe(3)
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed')
})

it('a connection that waits, with a request behind it or without, does not hold up the end', async () => {
  const running = await start()
  const silent = await openWire(running.url)
  const idle = await openWire(running.url)
  idle.send(post(running, chat()))
  expect((await idle.answer()).status).toBe(200)
  const startedAt = performance.now()
  await running.app.close()
  expect(performance.now() - startedAt).toBeLessThan(3_000)
  await Promise.all([silent.closed, idle.closed])
})

it('a request that comes over an open connection meanwhile is answered, and its connection ends', async () => {
  const running = await start()
  const wire = await openWire(running.url)
  wire.send(post(running, chat({ model: 'openai/gpt-6-luna' })))
  await new Promise((resolve) => setTimeout(resolve, 20))
  const closing = running.app.close()
  wire.send(post(running, chat({ model: 'openai/gpt-6-luna' })))
  const answers = [await wire.answer(), await wire.answer()]
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  expect(answers[1]?.headers['connection']).toBe('close')
  await closing
  expect(logged(running.log(), 'success')).toBe(2)
})

it('what does not end in time is cut, and booked as what it was', async () => {
  const running = await start({ config: { server: { drain_timeout_ms: 200 } } })
  running.fleet.providers.openai.setLatency({ firstByteMs: 0, chunkMs: 500 })
  const response = await fetch(`${running.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${running.key}`, 'content-type': 'application/json' },
    body: chat({ model: 'openai/gpt-6-luna', stream: true }),
  })
  const startedAt = performance.now()
  const [text] = await Promise.all([response.text().catch(String), running.app.close()])
  expect(performance.now() - startedAt).toBeLessThan(3_000)
  expect(text).not.toContain('[DONE]')
  expect(logged(running.log(), 'client_gone')).toBe(1)
  expect(running.log()).toMatch(/"outcome":"client_gone".*"source":"estimated"/)
})
