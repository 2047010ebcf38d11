// The fixtures' bytes over real sockets, through the whole gateway: what the client gets, and what the ledger keeps.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROVIDER_IDS, type ProviderId } from '../../src/core/route.ts'
import { readAsClient } from '../contract/client-view.ts'
import { type Fixture, readFixtures } from '../contract/provider-fixtures.ts'
import { type RequestDetails, startGateway, type TestGateway } from '../support/gateway.ts'
import { inPieces, type ScriptedProvider, startScriptedProvider } from '../support/scripted-provider.ts'

const MODELS = {
  deepseek: 'deepseek/deepseek-flash',
  alibaba: 'alibaba/qwen3.8-flash',
  moonshot: 'moonshot/kimi-k3.1-pro',
  openai: 'openai/gpt-6-luna',
  anthropic: 'anthropic/claude-haiku-5-5',
} as const satisfies Record<ProviderId, string>

let provider: ScriptedProvider
let gateway: TestGateway
beforeAll(async () => {
  provider = await startScriptedProvider()
  gateway = await startGateway({
    config: { circuit: { failures: 1000, open_ms: 100, open_long_ms: 100 } },
    env: {
      DEEPSEEK_BASE_URL: provider.url,
      DASHSCOPE_BASE_URL: `${provider.url}/compatible-mode/v1`,
      MOONSHOT_BASE_URL: `${provider.url}/v1`,
      OPENAI_BASE_URL: `${provider.url}/v1`,
      ANTHROPIC_BASE_URL: provider.url,
    },
  })
})
afterAll(async () => {
  await gateway.close()
  await provider.close()
})

interface Told {
  readonly status: number
  readonly text: string
  readonly headers: Headers
  details(): Promise<RequestDetails>
}

async function ask(id: ProviderId, body: Record<string, unknown> = {}, key = gateway.key): Promise<Told> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODELS[id], messages: [{ role: 'user', content: 'Hi' }], ...body }),
  })
  const text = await response.text()
  return {
    status: response.status,
    text,
    headers: response.headers,
    details: () => gateway.settled(response.headers.get('x-request-id') ?? ''),
  }
}

const WITH_USAGE = { stream: true, stream_options: { include_usage: true } }

/** The data of each event, and the rest of the stream without the usage chunk and the end mark. */
function takeApart(text: string): { events: unknown[]; isDone: boolean; before: Buffer } {
  const data = text.split('\n').filter((line) => line.startsWith('data: '))
  const isDone = data.at(-1) === 'data: [DONE]'
  const events: unknown[] = data
    .filter((line) => line !== 'data: [DONE]')
    .map((line) => JSON.parse(line.slice(6)))
  return { events, isDone, before: Buffer.from(text.slice(0, text.lastIndexOf(data.at(-2) ?? ''))) }
}

function openAiUsage(usage: NonNullable<NonNullable<Fixture['stream']>['usage']>): Record<string, unknown> {
  const prompt = usage.freshInput + usage.cacheRead + usage.cacheWrite + usage.cacheWriteLong
  return {
    prompt_tokens: prompt,
    completion_tokens: usage.output,
    total_tokens: prompt + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cacheRead },
    completion_tokens_details: { reasoning_tokens: usage.reasoning },
    cost_details: { source: 'provider' },
  }
}

describe.each(PROVIDER_IDS)('%s', (id) => {
  const fixtures = readFixtures(id)

  it.each(
    fixtures.filter(
      ({ stream }) => stream?.complete === true && stream.failure === null && stream.usage !== null,
    ),
  )('streams $name', async ({ stream, streamBytes }) => {
    if (stream === undefined || streamBytes === null || stream.usage === null) return
    provider.play({ pieces: inPieces(streamBytes, [1, 7, 64, 300]) })
    const told = await ask(id, WITH_USAGE)
    const { events, isDone, before } = takeApart(told.text)
    expect(isDone).toBe(true)
    expect(await readAsClient(before)).toEqual(stream.choices)
    expect(events.at(-1)).toMatchObject({
      ...stream.envelope,
      created: expect.any(Number),
      object: 'chat.completion.chunk',
      choices: [],
      usage: openAiUsage(stream.usage),
    })
    const details = await told.details()
    expect(details).toMatchObject({ outcome: 'success', attempts: [{ usage_source: 'provider' }] })
    expect(details.cost_usd).toBeGreaterThan(0)
  })

  it('streams to a client that did not ask for usage', async () => {
    const fixture = fixtures.find(({ name }) => name === 'text')
    provider.play({ pieces: inPieces(fixture?.streamBytes ?? Buffer.alloc(0), [50]) })
    const { text } = await ask(id, { stream: true })
    expect(text).not.toMatch(/"(?:prompt|completion|input|output)_tokens"/)
    expect(text.endsWith('\n\ndata: [DONE]\n\n')).toBe(true)
    expect(await readAsClient(Buffer.from(text))).toEqual(fixture?.stream?.choices)
  })

  it.each(fixtures.filter(({ answer }) => answer?.failure === null && answer.usage !== null))(
    'answers $name',
    async ({ answer, answerBytes }) => {
      if (answer === undefined || answerBytes === null || answer.usage === null) return
      provider.play({
        headers: { 'content-type': 'application/json' },
        pieces: inPieces(answerBytes, [100, 1]),
      })
      const told = await ask(id)
      const { usage: reported, ...body } = answer.body ?? {}
      const usage = openAiUsage(answer.usage)
      const created = expect.any(Number)
      expect(JSON.parse(told.text)).toMatchObject({
        ...body,
        created,
        usage: { ...(typeof reported === 'object' ? reported : {}), ...usage },
        choices: [{ finish_reason: answer.finish }],
      })
      expect((await told.details()).attempts).toMatchObject([
        { outcome: 'success', usage_source: 'provider' },
      ])
    },
  )
})

const bytesOf = (id: ProviderId, name: string): Buffer =>
  readFixtures(id).find((fixture) => fixture.name === name)?.streamBytes ?? Buffer.alloc(0)

describe('a connection that breaks', () => {
  it('behind the end mark takes nothing away', async () => {
    provider.play({ pieces: [bytesOf('openai', 'text')], end: 'reset' })
    const told = await ask('openai', WITH_USAGE)
    expect(takeApart(told.text)).toMatchObject({ isDone: true })
    expect(await told.details()).toMatchObject({
      outcome: 'success',
      attempts: [{ usage_source: 'provider' }],
    })
  })

  it('behind the finish reason takes only the usage, which is estimated', async () => {
    const text = bytesOf('openai', 'text').toString('utf8')
    provider.play({ pieces: [text.slice(0, text.indexOf('data: ', text.indexOf('"stop"')))], end: 'reset' })
    const told = await ask('openai', WITH_USAGE)
    const { events, isDone } = takeApart(told.text)
    expect(isDone).toBe(true)
    expect(events.at(-1)).toMatchObject({ usage: { cost_details: { source: 'estimated' } } })
    expect(await told.details()).toMatchObject({
      outcome: 'success',
      attempts: [{ usage_source: 'estimated' }],
    })
  })

  it.each(PROVIDER_IDS)(
    'in the middle of an answer of %s ends the stream with an error, and no end mark',
    async (id) => {
      provider.play({ pieces: [bytesOf(id, 'truncated'), '\n'], end: 'reset' })
      const told = await ask(id, WITH_USAGE)
      const { events, isDone } = takeApart(told.text)
      expect(isDone).toBe(false)
      expect(events.at(-1)).toMatchObject({ error: { code: 'stream_interrupted', type: 'server_error' } })
      const details = await told.details()
      expect(details).toMatchObject({
        outcome: 'stream_interrupted',
        attempts: [{ usage_source: 'estimated' }],
      })
      expect(details.cost_usd).toBeGreaterThan(0)
    },
  )

  it('keeps the prompt that Claude had reported by then', async () => {
    provider.play({ pieces: [bytesOf('anthropic', 'truncated')], end: 'reset' })
    const [attempt] = (await (await ask('anthropic', WITH_USAGE)).details()).attempts
    expect(attempt).toMatchObject({
      usage: { input_tokens: 1070, cached_tokens: 1000, cache_write_tokens: 50 },
    })
  })
})

describe('an error answer', () => {
  it('of status 200 that goes on and says nothing is left', async () => {
    const empty = `data: {"choices":[{"index":0,"delta":{"role":"assistant"}}],"x":"${'x'.repeat(65_536)}"}\n\n`
    provider.play({ pieces: Array.from({ length: 100 }, () => empty), end: 'hang' })
    const aborts = provider.abortCount
    const told = await ask('moonshot', { stream: true })
    expect([told.status, told.text.includes('nothing is said')]).toEqual([502, true])
    expect((await told.details()).attempts).toMatchObject([{ outcome: 'malformed' }])
    await expect.poll(() => provider.abortCount).toBe(aborts + 1)
  })

  it('of status 200 without an answer has no first byte to learn from', async () => {
    provider.play({ pieces: ['data: [DONE]\n\n'] })
    const told = await ask('openai', { stream: true })
    expect(told.status).toBe(502)
    expect((await told.details()).attempts).toMatchObject([
      { outcome: 'interrupted', time_to_first_token_ms: null },
    ])
  })

  const error = JSON.stringify({
    error: { message: 'The engine is overloaded', code: 'server_is_overloaded' },
  })

  it.each([true, false])('says until when to wait by a date (with its own: %s)', async (isDated) => {
    // The provider's clock is the machine's; the gateway's may be another.
    const nowMs = isDated ? Date.now() : gateway.clock.now()
    const until = new Date(nowMs + 600_000).toUTCString()
    const limit = JSON.stringify({ error: { message: 'Slow down.', code: 'rate_limit_exceeded' } })
    provider.play({ status: 429, headers: { 'retry-after': until }, isDated, pieces: [limit] })
    // A model that no other case asks for.
    const told = await ask('openai', { model: isDated ? 'openai/gpt-5.6-luna' : 'openai/gpt-5.6-terra' })
    expect((await told.details()).attempts).toMatchObject([{ outcome: 'rate_limited' }])
    const listed: unknown = await (await gateway.admin('/providers')).json()
    const untils = Array.from(
      JSON.stringify(listed).matchAll(/"until":"([^"]+)"/g),
      ([, at = '']) => Date.parse(at) - gateway.clock.now(),
    )
    expect(Math.max(...untils)).toBeGreaterThan(300_000)
    expect(Math.max(...untils)).toBeLessThanOrEqual(601_000)
  })

  it('that breaks off is read as far as it came', async () => {
    provider.play({ status: 503, pieces: [error], end: 'reset' })
    const told = await ask('openai')
    expect(told.text).toContain('The engine is overloaded')
    const refused = { outcome: 'overloaded', status: 503, usage_source: null, cost_usd: 0 }
    expect((await told.details()).attempts).toMatchObject([refused, refused])
  })

  it('without end is left', async () => {
    provider.play({ status: 500, pieces: Array.from({ length: 100 }, () => 'x'.repeat(8_192)), end: 'hang' })
    const aborts = provider.abortCount
    const told = await ask('openai')
    expect(told.status).toBe(502)
    const refused = { outcome: 'overloaded', status: 500 }
    expect((await told.details()).attempts).toMatchObject([refused, refused])
    expect(provider.abortCount).toBe(aborts + 2)
  })
})

describe('a failure that the provider tells inside its answer', () => {
  it.each(PROVIDER_IDS)('of %s: an error in the stream', async (id) => {
    const fixture = readFixtures(id).find(({ name }) => name === 'mid-stream-error')
    provider.play({ pieces: [fixture?.streamBytes ?? ''] })
    const told = await ask(id, WITH_USAGE)
    const message = String(fixture?.stream?.failure?.['message'])
    expect(told.text).toContain(message)
    expect(told.text).not.toContain('[DONE]')
    expect(told.status).toBe(fixture?.stream?.content === false ? 502 : 200)
    expect((await told.details()).outcome).toBe(
      fixture?.stream?.content === false ? 'upstream_error' : 'stream_interrupted',
    )
  })

  it('before any content, about the request itself, has the status of a refused request', async () => {
    provider.play({ pieces: [bytesOf('alibaba', 'bare-error')] })
    const told = await ask('alibaba', WITH_USAGE)
    expect(told.status).toBe(400)
    expect(JSON.parse(told.text)).toMatchObject({
      error: {
        code: 'InternalError.Algo.DataInspectionFailed',
        message: 'Input data may contain inappropriate content.',
      },
    })
    expect((await told.details()).outcome).toBe('upstream_rejected')
  })

  it.each([true, false])(
    'a finish reason that means a failure (stream: %s) fails the attempt, and is paid',
    async (stream) => {
      const failed = readFixtures('deepseek').find(({ name }) => name === 'failed-finish')
      provider.play({ pieces: [(stream ? failed?.streamBytes : failed?.answerBytes) ?? ''] })
      const told = await ask('deepseek', stream ? WITH_USAGE : {})
      expect(told.text).toContain('insufficient_system_resource')
      expect(told.text).not.toContain('[DONE]')
      expect((await told.details()).attempts).toMatchObject([
        { outcome: 'overloaded', usage_source: 'provider', usage: { input_tokens: 19, output_tokens: 1 } },
      ])
    },
  )

  it('about the gateway’s own account is not told to the client', async () => {
    const error = { message: 'Incorrect API key provided: sk-abc****wxyz.', code: 'invalid_api_key' }
    provider.play({ status: 401, pieces: [JSON.stringify({ error })] })
    const told = await ask('openai')
    expect(told.status).toBe(502)
    expect(told.text).not.toContain('sk-abc')
    expect(JSON.parse(told.text)).toMatchObject({ error: { code: 'upstream_error' } })
    expect((await told.details()).attempts).toMatchObject([
      { outcome: 'unauthorized', reason: error.message },
    ])
  })
})

describe('an answer that the gateway fails to read', () => {
  const nested = `${'['.repeat(300)}${']'.repeat(300)}`
  const answer = readFixtures('anthropic')
    .find(({ name }) => name === 'text')
    ?.answerBytes?.toString('utf8')

  it('ends its attempt, and the client is told', async () => {
    provider.play({ pieces: [(answer ?? '').replace('{', `{"container":${nested},`)] })
    const told = await ask('anthropic')
    expect(told.status).toBe(502)
    expect(told.text).toContain('failed to read the answer: JsonSyntaxError')
    expect((await told.details()).attempts).toMatchObject([
      { outcome: 'malformed', usage_source: 'estimated' },
    ])
  })
})

it('an event that fills several lines is read as one', async () => {
  const key = await gateway.createKey({ on_content_filter: 'next' })
  const lines = ['{"choices":[{"index":0,"delta":{},', '"finish_reason":"content_filter"}]}']
  provider.play({ pieces: [`${lines.map((line) => `data: ${line}\n`).join('')}\ndata: [DONE]\n\n`] })
  const told = await ask('moonshot', { stream: true }, key)
  expect(told.text).toContain('content_filter')
  expect((await told.details()).attempts).toMatchObject([{ outcome: 'content_filter' }])
})

/** Reads the stream until `text` has come, then leaves. The request's id. */
async function leaveAfter(id: ProviderId, text: string): Promise<string> {
  const controller = new AbortController()
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    signal: controller.signal,
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODELS[id], messages: [{ role: 'user', content: 'Hi' }], stream: true }),
  })
  const reader = response.body?.getReader()
  let seen = ''
  while (!seen.includes(text)) {
    const { value, done } = (await reader?.read()) ?? { done: true }
    if (done) throw new Error(`the stream ended early: ${seen}`)
    seen += Buffer.from(value).toString('utf8')
  }
  controller.abort()
  return response.headers.get('x-request-id') ?? ''
}

describe('a client that leaves', () => {
  it('after the provider told its usage is booked with it', async () => {
    const text = bytesOf('deepseek', 'text').toString('utf8')
    provider.play({ pieces: [text.slice(0, text.indexOf('data: [DONE]'))], end: 'hang' })
    const aborts = provider.abortCount
    const details = await gateway.settled(await leaveAfter('deepseek', '"finish_reason":"stop"'))
    expect(details).toMatchObject({
      outcome: 'client_gone',
      attempts: [{ usage_source: 'provider', usage: { input_tokens: 19, output_tokens: 9 } }],
    })
    expect(provider.abortCount).toBe(aborts + 1)
  })

  // Alibaba is drained: stops-upstream-when-client-leaves.test.ts.
  it.each([
    ['deepseek', 5, 5],
    ['moonshot', 1, 1],
    // What they thought before is not all to be seen: what was expected of the answer counts.
    ['openai', 100, 5_000],
    ['anthropic', 100, 5_000],
  ] as const)(
    'in the middle of %s’s answer is booked with what was written, estimated',
    async (id, least, most) => {
      provider.play({ pieces: [bytesOf(id, 'truncated'), '\n'], end: 'hang' })
      const text = readFixtures(id).find(({ name }) => name === 'truncated')?.stream?.choices[0]?.['text']
      const details = await gateway.settled(await leaveAfter(id, String(text)))
      expect(details).toMatchObject({
        outcome: 'client_gone',
        attempts: [{ outcome: 'client_gone', usage_source: 'estimated' }],
      })
      expect(details.attempts[0]?.usage.output_tokens).toBeGreaterThanOrEqual(least)
      expect(details.attempts[0]?.usage.output_tokens).toBeLessThanOrEqual(most)
      expect(details.cost_usd).toBeGreaterThan(0)
      // Claude tells the prompt at the beginning.
      const prompt = { input_tokens: 1070, cached_tokens: 1000, cache_write_tokens: 50 }
      if (id === 'anthropic') expect(details.attempts[0]).toMatchObject({ usage: prompt })
    },
  )
})

it('a keep-alive comment inside an answer reaches the client, without a blank line of its own', async () => {
  provider.play({ pieces: inPieces(bytesOf('deepseek', 'keep-alive'), [9]) })
  const { text } = await ask('deepseek', { stream: true })
  expect(text).toContain('\n\n: keep-alive\ndata: {')
  expect(text.match(/: keep-alive/g)).toHaveLength(1)
})

it('names that a client made up are fit for a header', async () => {
  provider.play({
    pieces: [readFixtures('anthropic').find(({ name }) => name === 'text')?.answerBytes ?? ''],
  })
  const odd = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`x\n${'é'.repeat(100)}${index}`, 1]),
  )
  const { status, headers } = await ask('anthropic', odd)
  expect(status).toBe(200)
  const names = (headers.get('x-farthing-dropped') ?? '').split(', ')
  expect(names).toHaveLength(33)
  expect(names[0]).toMatch(/^x\?{63}$/)
  expect(names.at(-1)).toBe('and 8 more')
})
