// Images, sound, documents and prompts of a book's length go only to routes that can take them, in each provider's form, and
// cost what its own books say.

import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type JsonObject, listOf, objectOf, textOf } from '../../src/simulator/json-value.ts'
import { type Asked, askModel, providerOf } from '../support/ask-model.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const said = (part: object) => ({
  messages: [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, part] }],
})
const image = said({ type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } })
const sound = said({ type: 'input_audio', input_audio: { data: 'UklGRiQAAABXQVZF', format: 'wav' } })
const file = said({
  type: 'file',
  file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0xLjQ=' },
})

function expectBooked({ status, text, body }: Asked, model: string): void {
  expect([status, status === 200 ? '' : text]).toEqual([200, ''])
  const entry = gateway.fleet.providers[providerOf(model)].books.entries.at(-1)
  expect(BigInt(Math.round((body.usage?.cost ?? 0) * 1e12))).toBe(entry?.pico)
}

interface Explained {
  readonly status: number
  readonly chosen: string
  /** Of the routes that were not eligible, by their ids. */
  readonly reasons: ReadonlyMap<string, string>
  readonly eligible: readonly string[]
}

/** As a tier, with the plan. */
async function plan(tier: string, fields: object): Promise<Explained> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: tier, ...fields, routing: { explain: true } }),
  })
  const body = objectOf(JSON.parse(await response.text()))
  const candidates = listOf(objectOf(body['farthing'])['candidates']).map(objectOf)
  const ids = (wanted: (candidate: JsonObject) => boolean): readonly string[] =>
    candidates.filter(wanted).map(({ route }) => textOf(route))
  return {
    status: response.status,
    chosen: ids(({ verdict }) => verdict === 'chosen')[0] ?? '',
    eligible: ids(({ verdict }) => verdict !== 'ineligible'),
    reasons: new Map(candidates.map(({ route, reason }) => [textOf(route), textOf(reason)])),
  }
}

describe('an image', () => {
  it.each([
    'deepseek/deepseek-flash',
    'alibaba/qwen3.8-flash',
    'moonshot/kimi-k3.1-pro',
    'openai/gpt-6-luna',
    'openai/gpt-6-astra',
    'anthropic/claude-haiku-5-5',
  ])('reaches %s as it is', async (model) => {
    const asked = await askModel(gateway, model, image)
    expectBooked(asked, model)
    expect(asked.dropped).toEqual([])
    expect(JSON.stringify(asked.sent[0]?.body)).toContain(PNG)
  })

  it('goes to no route of its tier that reads text alone', async () => {
    const { status, eligible, reasons } = await plan('standard', image)
    expect(status).toBe(200)
    expect(reasons.get('deepseek/deepseek-v4-pro')).toBe('capability:images')
    expect(eligible).toContain('deepseek/deepseek-flash')
  })
})

it('an image by URL is fetched by nobody here: it reaches who fetches it as the URL it is', async () => {
  let visits = 0
  const host = createServer((_, response) => {
    visits++
    response.end()
  })
  await new Promise<void>((resolve) => void host.listen(0, '127.0.0.1', resolve))
  try {
    const address = host.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/a.png`
    const linked = said({ type: 'image_url', image_url: { url } })
    for (const model of ['deepseek/deepseek-flash', 'alibaba/qwen3.8-flash', 'openai/gpt-6-luna']) {
      const { status, sent } = await askModel(gateway, model, linked)
      expect([model, status]).toEqual([model, 200])
      expect(JSON.stringify(sent[0]?.body)).toContain(`"url":"${url}"`)
    }
    const claude = await askModel(gateway, 'anthropic/claude-haiku-5-5', linked)
    expect(JSON.stringify(claude.sent[0]?.body)).toContain(`"source":{"type":"url","url":"${url}"}`)
    const kimi = await askModel(gateway, 'moonshot/kimi-k3.1-pro', linked)
    expect([kimi.body.error?.code, kimi.sent]).toEqual(['no_eligible_route', []])
    const { reasons } = await plan('frontier', linked)
    expect(reasons.get('moonshot/kimi-k3.1-pro')).toBe('capability:image_urls')
    expect(visits).toBe(0)
  } finally {
    host.close()
  }
})

describe('sound', () => {
  it('goes to the models that hear, as a data URL', async () => {
    const { status, chosen, eligible } = await plan('auto', sound)
    expect(status).toBe(200)
    expect(eligible.every((id) => id.includes('omni'))).toBe(true)
    const [pin = ''] = chosen.split('@')
    const asked = await askModel(gateway, pin, sound)
    expectBooked(asked, pin)
    expect(JSON.stringify(asked.sent[0]?.body)).toContain('data:;base64,UklGRiQAAABXQVZF')
  })

  it('is refused where no model of the tier hears, by that name', async () => {
    const { status, text, sent } = await askModel(gateway, 'moonshot/kimi-k3.1-pro', sound)
    expect([status, sent]).toEqual([400, []])
    expect(text).toMatch(/lacks[^"]*audio/)
  })
})

describe('a document', () => {
  it.each([
    ['openai/gpt-6-luna', '"file_data":"data:application/pdf;base64,JVBERi0xLjQ="'],
    ['anthropic/claude-haiku-5-5', '"media_type":"application/pdf","data":"JVBERi0xLjQ="'],
  ])('reaches %s in its form', async (model, form) => {
    const asked = await askModel(gateway, model, file)
    expectBooked(asked, model)
    expect(JSON.stringify(asked.sent[0]?.body)).toContain(form)
  })

  it('goes nowhere else', async () => {
    const { status, eligible } = await plan('standard', file)
    expect(status).toBe(200)
    expect(eligible.filter((id) => !/^(?:openai|anthropic)\//.test(id))).toEqual([])
    for (const model of ['deepseek/deepseek-flash', 'alibaba/qwen3.8-flash', 'moonshot/kimi-k3.1-pro'])
      expect((await askModel(gateway, model, file)).body.error?.code).toBe('no_eligible_route')
  })
})

describe('a prompt of 900,000 tokens', () => {
  // One token a word at most of them; Claude counts more.
  const book = { messages: [{ role: 'user', content: 'a few words '.repeat(300_000) }], max_tokens: 16 }

  it('is routed where it fits, and priced at its bracket', { timeout: 60_000 }, async () => {
    const { status, chosen, eligible, reasons } = await plan('standard', book)
    expect(status).toBe(200)
    const [provider] = chosen.split('/')
    const entry = gateway.fleet.books().entries.at(-1)
    expect(entry?.provider).toBe(provider)
    expect((entry?.usage.input ?? 0) + (entry?.usage.cacheWrite ?? 0)).toBeGreaterThan(850_000)
    for (const short of ['moonshot/kimi-k2.6', 'alibaba/qwen-plus', 'openai/gpt-4o'])
      expect([...reasons].filter(([id, reason]) => id.startsWith(short) && reason === '')).toEqual([])
    expect(reasons.get('moonshot/kimi-k2.6')).toBe('context_window')
    expect(eligible.some((id) => id.startsWith('moonshot/kimi-k2'))).toBe(false)
  })

  it.each(['deepseek/deepseek-flash', 'openai/gpt-6-luna', 'alibaba/qwen3.8-flash'])(
    'costs what %s has in its books',
    { timeout: 60_000 },
    async (model) => {
      const asked = await askModel(gateway, model, book)
      expectBooked(asked, model)
      expect(asked.body.usage?.prompt_tokens).toBeGreaterThan(850_000)
    },
  )
})
