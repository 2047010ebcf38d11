// Budget alerts to services of the operator: signed, told once, told again until they are taken, and to nobody but them.

import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import type { TelemetryBudgetAlert, TelemetryListener } from '../../src/telemetry/listener.ts'
import { createWebhooks, type WebhookOptions } from '../../src/telemetry/webhooks/webhooks.ts'
import { startGateway } from '../support/gateway.ts'
import { chat } from '../support/nothing-lost.ts'

const SECRET = 'a-secret-of-the-operator'
const ALERT: TelemetryBudgetAlert = {
  kind: 'refused',
  scope: 'team',
  name: 'search',
  period: 'day',
  isHard: true,
  share: null,
  limit: 10_000_000_000_000n,
  spent: 9_999_999_999_999n,
  resetsAtMs: Date.now() + 3_600_000,
}

interface Heard {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface Receiver {
  readonly url: URL
  readonly heard: readonly Heard[]
  /** Status codes to answer with, one after the other; 0 hangs. Then 204. */
  readonly answers: number[]
  close(): Promise<void>
}

const open: (() => Promise<unknown>)[] = []
let dataDir = ''
let log = ''

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'farthing-webhooks-'))
  log = ''
})
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
  rmSync(dataDir, { recursive: true, force: true })
})

async function startReceiver(redirectsTo = ''): Promise<Receiver> {
  const heard: Heard[] = []
  const answers: number[] = []
  const server: Server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      heard.push({ headers: request.headers, body: await text(request) })
      const status = answers.shift() ?? 204
      if (status !== 0) response.writeHead(status, redirectsTo === '' ? {} : { location: redirectsTo }).end()
    }
    void answer()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const receiver = {
    url: new URL(`http://127.0.0.1:${port}/hooks/a-path-that-is-a-secret?token=too`),
    heard,
    answers,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  open.push(() => receiver.close())
  return receiver
}

interface Telling {
  alerted(alert: TelemetryBudgetAlert): void
  close(): Promise<void>
}

const UNHEARD: TelemetryListener = {
  finished: () => undefined,
  corrected: () => undefined,
  notBooked: () => undefined,
  refused: () => undefined,
  alerted: () => undefined,
  budgetAlerted: () => undefined,
}

function start(url: URL, options: Partial<WebhookOptions> & { allowsPrivate?: boolean } = {}): Telling {
  const { allowsPrivate = true, ...rest } = options
  const webhooks = createWebhooks({
    targets: [{ url, secret: { reveal: () => SECRET }, allowsPrivate }],
    dataDir,
    clock: { now: () => Date.now() },
    logger: pino({ level: 'trace' }, { write: (line: string) => void (log += line) }),
    claim: () => Promise.resolve(true),
    pausesMs: [20],
    timeoutMs: 500,
    tickMs: 10,
    ...rest,
  })
  open.push(() => webhooks.close())
  const listener = webhooks.over(UNHEARD)
  return { alerted: (alert) => listener.budgetAlerted(alert), close: () => webhooks.close() }
}

/** By the Standard Webhooks specification, from the receiver's side. */
function isSigned({ headers, body }: Heard): boolean {
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`
  return headers['webhook-signature'] === `v1,${createHmac('sha256', SECRET).update(signed).digest('base64')}`
}

const expectHeard = (receiver: Receiver, count: number): Promise<void> =>
  vi.waitFor(() => expect(receiver.heard.length).toBe(count), { timeout: 20_000, interval: 20 })

/** Tells what the receiver does not take, and ends before it would tell it again. */
async function endUntaken(receiver: Receiver): Promise<void> {
  receiver.answers.push(503)
  const telling = start(receiver.url, { pausesMs: [60_000] })
  telling.alerted(ALERT)
  await expectHeard(receiver, 1)
  await telling.close()
}

const eventSchema = z.object({
  type: z.string(),
  timestamp: z.iso.datetime(),
  data: z.object({ limit_usd: z.string(), spent_usd: z.string(), share: z.number().nullable() }).loose(),
})

describe('a gateway', () => {
  it('tells when a budget passes a share of its limit, and when it refuses, with the exact amounts', async () => {
    const receiver = await startReceiver()
    const target = { url: receiver.url.href, secret: SECRET, allow_private: true }
    const gateway = await startGateway({ config: { webhooks: [target] } })
    const key = await gateway.createKey({ team: 'search' })
    const budgets = [{ limit_usd: 0.0001, period: 'day', alert_at: [0.001] }]
    await gateway.admin('/budgets/team/search', { method: 'PUT', body: { budgets } })
    const send = async (): Promise<number> =>
      (
        await fetch(`${gateway.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          body: chat({ model: 'openai/gpt-6-luna', max_tokens: 100 }),
        })
      ).status
    const statuses: number[] = []
    for (let sent = 0; sent < 12; sent++) statuses.push(await send())
    expect(statuses).toContain(200)
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(1)
    await expectHeard(receiver, 2)
    await gateway.close()
    expect(receiver.heard.every(isSigned)).toBe(true)
    const events = receiver.heard.map(({ body }) => eventSchema.parse(JSON.parse(body)))
    expect(events.map(({ type }) => type).toSorted()).toEqual(['budget.refused', 'budget.spent'])
    const spent = events.find(({ type }) => type === 'budget.spent')
    expect(spent?.data).toMatchObject({
      scope: 'team',
      name: 'search',
      period: 'day',
      hard: true,
      share: 0.001,
      limit_usd: '0.0001',
    })
    expect(Number(spent?.data.spent_usd)).toBeGreaterThan(0)
    expect(gateway.log()).not.toContain('a-path-that-is-a-secret')
    expect(gateway.log()).not.toContain(SECRET)
  })
})

describe('an event', () => {
  it('is told again until it is taken, under one id, whatever went wrong before', async () => {
    const receiver = await startReceiver()
    receiver.answers.push(500, 0, 404, 429)
    start(receiver.url).alerted(ALERT)
    await expectHeard(receiver, 5)
    expect(receiver.heard.every(isSigned)).toBe(true)
    expect(new Set(receiver.heard.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    await expect.poll(() => readdirSync(join(dataDir, 'webhooks'))).toEqual([])
    expect(log).toContain('it did not answer within 500 ms')
    expect(log).toContain('it answered 404')
    expect(log).not.toContain('a-path-that-is-a-secret')
    expect(log).not.toContain('token=too')
  })

  it('is told by one process, where several have it', async () => {
    const receiver = await startReceiver()
    const claimed = new Set<string>()
    const claim = (name: string): Promise<boolean> => Promise.resolve(claimed.size < claimed.add(name).size)
    const processes = [1, 2, 3].map(() => start(receiver.url, { claim }))
    for (const each of processes) each.alerted(ALERT)
    for (const each of processes) each.alerted({ ...ALERT, name: 'ads' })
    await expectHeard(receiver, 2)
    for (const each of processes) await each.close()
    expect(receiver.heard.length).toBe(2)
  })

  it('is told where nobody can say whether another has', async () => {
    const receiver = await startReceiver()
    start(receiver.url, { claim: () => Promise.reject(new Error('away')) }).alerted(ALERT)
    await expectHeard(receiver, 1)
  })

  it('that was not taken before the end is told after the next start', async () => {
    const receiver = await startReceiver()
    await endUntaken(receiver)
    start(receiver.url)
    await expectHeard(receiver, 2)
    expect(receiver.heard[1]?.headers['webhook-id']).toBe(receiver.heard[0]?.headers['webhook-id'])
    expect(receiver.heard[1]?.body).toBe(receiver.heard[0]?.body)
  })

  it('of a process that was killed is taken over by one other, once nobody says that it lives', async () => {
    const receiver = await startReceiver()
    receiver.answers.push(503)
    const killed = start(receiver.url, { pausesMs: [3_600_000] })
    killed.alerted(ALERT)
    await expectHeard(receiver, 1)
    const later = { now: () => Date.now() + 121_000 }
    const others = [1, 2].map(() => start(receiver.url, { clock: later }))
    await expectHeard(receiver, 2)
    for (const each of others) await each.close()
    expect(receiver.heard.length).toBe(2)
  })

  it('that nobody takes for a day is given up, and said so', async () => {
    const receiver = await startReceiver()
    receiver.answers.push(500)
    start(receiver.url, { pausesMs: [86_400_000] }).alerted(ALERT)
    await expect.poll(() => log).toContain('given up')
    await expect.poll(() => readdirSync(join(dataDir, 'webhooks'))).toEqual([])
  })
})

describe('a target', () => {
  it('that redirects is not followed', async () => {
    const elsewhere = await startReceiver()
    const receiver = await startReceiver(elsewhere.url.href)
    receiver.answers.push(307)
    start(receiver.url).alerted(ALERT)
    await expectHeard(receiver, 2)
    expect(elsewhere.heard).toEqual([])
    expect(log).toContain('it redirects (307), which is not followed')
  })

  it.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '0x7f000001', '2130706433'])(
    'at %s, a private address, is not called',
    async (host) => {
      const receiver = await startReceiver()
      const url = new URL(receiver.url)
      url.hostname = host
      start(url, { allowsPrivate: false }).alerted(ALERT)
      await vi.waitFor(() => expect(log).toContain('its address is private'), { timeout: 20_000 })
      expect(receiver.heard).toEqual([])
    },
  )

  it('that is none any more is forgotten', async () => {
    const receiver = await startReceiver()
    await endUntaken(receiver)
    start(new URL('http://127.0.0.1:9/other'))
    await expect.poll(() => readdirSync(join(dataDir, 'webhooks'))).toEqual([])
    expect(receiver.heard.length).toBe(1)
  })
})
