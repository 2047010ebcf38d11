// What a model wrote goes back to one, to be mended or gone on from, whatever is in it and whoever the client asked for; and
// every attempt is in the books.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RequestDetails, startGateway, type TestGateway } from '../support/gateway.ts'
import { type ScriptedProvider, startScriptedProvider } from '../support/scripted-provider.ts'

let deepseek: ScriptedProvider
let lab: ScriptedProvider
let gateway: TestGateway
beforeAll(async () => {
  deepseek = await startScriptedProvider()
  lab = await startScriptedProvider()
  const model = { tier: 'economy', context: 8192, can: ['json_object'], prices: { input: 1, output: 1 } }
  gateway = await startGateway({
    env: { DEEPSEEK_BASE_URL: deepseek.url },
    config: {
      circuit: { failures: 1000 },
      routing: { json_schema: 'repaired' },
      streams: { resume: true },
      providers: {
        lab: {
          kind: 'openai-compatible',
          base_url: `${lab.url}/v1`,
          jurisdiction: 'de',
          models: { small: model },
        },
      },
    },
  })
})
afterAll(async () => {
  await gateway.close()
  await deepseek.close()
  await lab.close()
})

interface Answered {
  readonly status: number
  readonly text: string
  readonly details: RequestDetails
}

async function ask(body: object): Promise<Answered> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Where?' }], ...body }),
  })
  const text = await response.text()
  const details = await gateway.settled(response.headers.get('x-request-id') ?? '')
  return { status: response.status, text, details }
}

const SCHEMA = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const WITH_SCHEMA = {
  model: 'lab/small',
  response_format: { type: 'json_schema', json_schema: { name: 'place', schema: SCHEMA } },
}

/** `content` as it stands in the JSON of the answer. */
function playMisfit(content: string): void {
  const usage = '{"prompt_tokens":10,"completion_tokens":10}'
  const message = `{"role":"assistant","content":"${content}"}`
  const choices = `[{"index":0,"message":${message},"finish_reason":"stop"}]`
  lab.play({ pieces: [`{"id":"a","object":"chat.completion","choices":${choices},"usage":${usage}}`] })
}

/** What the model is shown of its own answer. */
function shownToLab(): unknown {
  const { messages }: { messages: { content: string }[] } = JSON.parse(lab.requests.at(-1)?.body ?? '{}')
  return messages.at(-2)?.content
}

const TWO_MISFITS = [{ outcome: 'schema_mismatch' }, { outcome: 'schema_mismatch' }]

it('a client that names a server of the operator’s has its answer mended there', async () => {
  playMisfit('{}')
  const { status, details } = await ask({ ...WITH_SCHEMA, routing: { providers: { only: ['lab'] } } })
  expect([status, shownToLab()]).toEqual([502, '{}'])
  expect(details.attempts).toMatchObject(TWO_MISFITS)
  expect(details.attempts.every(({ cost_usd: cost }) => cost > 0)).toBe(true)
})

it('an answer with half a character or a NUL in it is mended without them', async () => {
  playMisfit('{} \\ud83d and \\u0000.')
  const { status, details } = await ask(WITH_SCHEMA)
  expect([status, shownToLab()]).toEqual([502, '{} \ufffd and .'])
  expect(details.attempts).toMatchObject(TWO_MISFITS)
})

const chunk = (content: string): string =>
  `data: {"id":"x","choices":[{"index":0,"delta":{"content":"${content}"},"finish_reason":null}]}\n\n`

it('a stream that breaks off in the middle of a character is gone on with', async () => {
  deepseek.play({ pieces: [chunk('Hello '), chunk('\\ud83d')], end: 'reset' })
  const { status, text, details } = await ask({ model: 'deepseek/deepseek-flash', stream: true })
  expect(status).toBe(200)
  expect(text).toContain('"stream_interrupted"')
  expect(details.outcome).toBe('stream_interrupted')
  expect(details.attempts).toMatchObject([{ outcome: 'interrupted' }, { outcome: 'interrupted' }])
  const { messages }: { messages: object[] } = JSON.parse(deepseek.requests.at(-1)?.body ?? '{}')
  expect(messages.at(-1)).toEqual({ role: 'assistant', content: 'Hello \ufffd', prefix: true })
})
