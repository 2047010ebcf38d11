// Whatever address a client writes into a request, the gateway itself never asks for it: a real server waits there in vain.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { askModel } from '../support/ask-model.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
let connections = 0
const bait = createServer((_, response) => void response.end('caught'))
bait.on('connection', () => void connections++)
beforeAll(async () => {
  bait.listen(0, '127.0.0.1')
  await once(bait, 'listening')
  gateway = await startGateway({ config: { routing: { json_schema: 'repaired' } } })
})
afterAll(async () => {
  await gateway.close()
  bait.close()
})

const MODELS = [
  'deepseek/deepseek-flash',
  'alibaba/qwen3.8-flash',
  'alibaba/qwen3.8-omni-flash',
  'moonshot/kimi-k2.6',
  'openai/gpt-6-luna',
  'anthropic/claude-haiku-5-5',
]

const shown = (part: object): object => ({ messages: [{ role: 'user', content: [part] }] })

function addressesAt(url: string): readonly object[] {
  const schema = {
    type: 'object',
    properties: { a: { $ref: url } },
    required: ['a'],
    additionalProperties: false,
  }
  return [
    shown({ type: 'image_url', image_url: { url } }),
    shown({ type: 'video_url', video_url: { url } }),
    shown({ type: 'input_audio', input_audio: { data: url, format: 'wav' } }),
    shown({ type: 'file', file: { filename: 'a.pdf', file_data: url } }),
    { response_format: { type: 'json_schema', json_schema: { name: 'a', schema } } },
    { tools: [{ type: 'function', function: { name: 'get_time', parameters: schema } }] },
  ]
}

it.each(MODELS)('%s', async (model) => {
  const address = bait.address()
  if (typeof address !== 'object' || address === null) throw new Error('the bait has no port')
  for (const fields of addressesAt(`http://127.0.0.1:${address.port}/caught.png`)) {
    const { status } = await askModel(gateway, model, fields)
    expect([200, 400]).toContain(status)
  }
  await expect.poll(() => gateway.held(), { timeout: 5_000 }).toBe(0)
  expect(connections).toBe(0)
})
