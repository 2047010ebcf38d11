// Requests of every kind over every route, by pins, on real sockets: no provider refuses what the gateway made of one, and
// no parameter is lost without a note. Prints what it counted. Bounded by REQUESTS, so that it also runs on a busy machine.

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EFFORTS } from '../../src/core/route.ts'
import { askModel } from '../support/ask-model.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { lostMembers } from '../support/lost-members.ts'

const REQUESTS = 2_000
const SEED = 20_261_124

let gateway: TestGateway
let models: readonly string[]
beforeAll(async () => {
  gateway = await startGateway({ config: { log: { requests: false } }, env: { LOG_LEVEL: 'error' } })
  const listed: { data: { id: string }[] } = JSON.parse(
    await (
      await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${gateway.key}` } })
    ).text(),
  )
  models = listed.data.map(({ id }) => id).filter((id) => id.includes('/'))
})
afterAll(() => gateway.close())

/** Left out more often than not, so that most requests can be served by something. */
const rarely = <Value>(arbitrary: fc.Arbitrary<Value>, weight = 4): fc.Arbitrary<Value | undefined> =>
  fc.oneof({ weight, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

const text = fc.constantFrom(
  'Say hello in 9 words.',
  '用中文说你好',
  'مرحبا',
  'Use the tools, please.',
  '👋🏽',
  'a"b\\c\n',
)
const mark = rarely(fc.constantFrom({ type: 'ephemeral' }, { type: 'ephemeral', ttl: '5m' }), 8)
const textPart = fc.record({ type: fc.constant('text'), text, cache_control: mark })
const mediaPart = fc.constantFrom<object>(
  { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
  { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
  { type: 'video_url', video_url: { url: 'data:video/mp4;base64,AAAA' } },
  { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
  { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
)
const content = fc.oneof(
  { weight: 5, arbitrary: text },
  { weight: 3, arbitrary: fc.array(textPart, { minLength: 1, maxLength: 3 }) },
  {
    weight: 1,
    arbitrary: fc.tuple(textPart, mediaPart).map((parts) => [...parts]),
  },
)
const user = fc.record({ role: fc.constant('user'), content })
const opening = rarely(
  fc.record({
    role: fc.constantFrom('system', 'developer'),
    content: fc.oneof(text, fc.array(textPart, { minLength: 1, maxLength: 2 })),
  }),
  1,
)
/** As applications send turns back, their own and those of other providers. */
const spoken = fc.oneof(
  { weight: 4, arbitrary: fc.record({ role: fc.constant('assistant'), content: text }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<object>(
      { role: 'assistant', content: '' },
      { role: 'assistant', content: null },
      { role: 'assistant', content: ' \n' },
      { role: 'assistant', content: 'Yes.', tool_calls: [], annotations: [], refusal: null },
      { role: 'assistant', content: null, refusal: 'No.' },
      { role: 'assistant', content: 'Yes.', reasoning: 'Hm.' },
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
    ),
  },
)
const exchange = fc.tuple(spoken, user)
const callId = fc.constantFrom('c1', 'c2', 'functions.search:0', 'x'.repeat(70))
const given = fc.constantFrom('{}', '{}', '', '{"a":')
const turn = fc.tuple(fc.array(callId, { minLength: 1, maxLength: 2 }), given).map(([ids, written]) => [
  {
    role: 'assistant',
    content: null,
    tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'search', arguments: written } })),
  },
  ...ids.map((id) => ({ role: 'tool', tool_call_id: id, content: id === 'c1' ? '' : 'done' })),
])
const calls = fc.array(turn, { minLength: 1, maxLength: 2 }).map((turns) => turns.flat())
const ending = rarely(
  fc.constantFrom<object>(
    { role: 'assistant', content: 'It is', prefix: true },
    { role: 'assistant', content: 'It is', partial: true },
    { role: 'assistant', content: 'It is' },
  ),
  12,
)
const messages = fc
  .tuple(
    opening,
    rarely(fc.constant({ role: 'assistant', content: 'How can I help?' }), 8),
    user,
    fc.array(exchange, { maxLength: 2 }),
    rarely(calls, 5),
    ending,
  )
  .map(([first, greeting, question, exchanges, called, last]) =>
    [first, greeting, question, ...exchanges.flat(), ...(called ?? []), last].filter(
      (message) => message !== undefined,
    ),
  )

const names = fc.uniqueArray(fc.constantFrom('get_weather', 'search', 'ls', 'x-1', 'files.read', '9lives'), {
  minLength: 1,
  maxLength: 3,
})
const toolsOf = (list: readonly string[], shape: object, strict: boolean | undefined) =>
  list.map((name) => ({
    type: 'function',
    // OpenAI's own rule, which is its client's to keep: what is strict is closed.
    function: {
      name,
      ...(strict === undefined
        ? { parameters: shape }
        : { strict, parameters: { ...shape, additionalProperties: false } }),
    },
  }))
const choice = rarely(fc.constantFrom<unknown>('auto', 'none', 'required', 'first'), 2)
const schemaOf = (schema: object): object => ({ type: 'json_schema', json_schema: { name: 'a', schema } })
const member = fc.constantFrom<object>(
  { type: 'string' },
  { type: 'string', title: 'T', format: 'date', description: 'd' },
  { type: ['string', 'null'] },
  { type: 'integer', minimum: 1 },
  { enum: ['a', 'b'] },
  { const: 'a' },
  { description: 'anything' },
  { type: 'array', items: { type: 'string' }, minItems: 1 },
  { anyOf: [{ type: 'string' }, { type: 'number' }] },
  { type: 'object', anyOf: [{ properties: { x: { type: 'string' } } }, { required: ['x'] }] },
  { $ref: '#/$defs/node', description: 'd' },
)
const schema = fc
  .tuple(
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), member, { minKeys: 1 }),
    fc.constantFrom({}, { additionalProperties: false }),
  )
  .map(([properties, others]): object => ({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties,
    ...others,
    $defs: {
      node: { type: 'object', properties: { name: { type: 'string' } }, additionalProperties: false },
    },
  }))

const loose = fc.constantFrom<object>(
  {},
  { type: 'object' },
  { properties: {} },
  {
    oneOf: [
      { type: 'object', properties: { a: { type: 'string' } } },
      { type: 'object', properties: {} },
    ],
  },
  { $ref: '#/definitions/a', definitions: { a: { type: 'object', properties: {} } } },
)

const tools = rarely(
  fc
    .tuple(
      names,
      fc.oneof({ weight: 5, arbitrary: schema }, { weight: 1, arbitrary: loose }),
      rarely(fc.constant(true), 4),
    )
    .map(([list, shape, strict]) => toolsOf(list, shape, strict)),
  1,
)

const parameters = fc.record({
  temperature: rarely(fc.constantFrom(0, 0.6, 1, 2)),
  top_p: rarely(fc.constantFrom(0, 0.5, 1)),
  presence_penalty: rarely(fc.constantFrom(0, 0.5)),
  frequency_penalty: rarely(fc.constantFrom(0, 0.5)),
  logit_bias: rarely(fc.constantFrom({}, { '50': 1 })),
  seed: rarely(fc.constant(7)),
  user: rarely(fc.constant('u-1')),
  service_tier: rarely(fc.constantFrom('flex', 'priority', 'gold'), 8),
  metadata: rarely(fc.constant({ a: 'b' })),
  store: rarely(fc.boolean()),
  verbosity: rarely(fc.constantFrom('low', 'medium')),
  prediction: rarely(fc.constant({ type: 'content', content: 'x' })),
  prompt_cache_key: rarely(fc.constant('k')),
  safety_identifier: rarely(fc.constant('s')),
  top_k: rarely(fc.constant(20), 8),
  repetition_penalty: rarely(fc.constant(1.1), 8),
  enable_thinking: rarely(fc.boolean(), 8),
  thinking: rarely(fc.constantFrom({ type: 'enabled' }, { type: 'disabled' }), 8),
  thinking_budget: rarely(fc.constant(100), 8),
  parallel_tool_calls: rarely(fc.boolean()),
  reasoning_effort: rarely(fc.constantFrom(...EFFORTS)),
  max_tokens: rarely(fc.constantFrom(16, 400)),
  max_completion_tokens: rarely(fc.constantFrom(16, 400)),
  n: rarely(fc.constantFrom(1, 2, 5), 8),
  logprobs: rarely(fc.boolean(), 8),
  stop: rarely(
    fc.constantFrom<unknown>('END', [], ['a', 'b'], ['a', 'b', 'c', 'd', 'e'], '\n', 'x'.repeat(40)),
    8,
  ),
  response_format: rarely(
    fc.oneof(fc.constantFrom<object>({ type: 'text' }, { type: 'json_object' }), schema.map(schemaOf)),
    4,
  ),
  stream: fc.boolean(),
})

interface Case {
  readonly model: number
  readonly fields: Record<string, unknown>
}

const cases: fc.Arbitrary<Case> = fc
  .tuple(fc.nat(10_000), messages, tools, choice, parameters)
  .map(([model, said, offered, chosen, asked]) => {
    const first = offered?.[0]
    const isPointless = first === undefined
    return {
      model,
      fields: {
        messages: said,
        ...asked,
        ...(isPointless ? {} : { tools: offered }),
        ...(isPointless || chosen === undefined ? {} : { tool_choice: chosen === 'first' ? first : chosen }),
      },
    }
  })

interface Counts {
  sent: number
  served: number
  ineligible: number
  invalid: number
  readonly refused: string[]
  readonly lost: string[]
}

async function tryCase({ model, fields }: Case, counts: Counts): Promise<void> {
  const pinned = models[model % models.length] ?? ''
  counts.sent++
  const asked = await askModel(gateway, pinned, fields)
  const label = `${pinned} ${JSON.stringify(fields).slice(0, 900)}`
  if (asked.status === 200) {
    counts.served++
    for (const name of lostMembers(fields, asked)) counts.lost.push(`${name}: ${label}`)
  } else if (asked.body.error?.code === 'no_eligible_route') counts.ineligible++
  else if (asked.body.error?.code === 'invalid_request_error' && asked.sent.length === 0) counts.invalid++
  else counts.refused.push(`${asked.status} ${asked.text.slice(0, 300)}: ${label}`)
}

describe('for any mix of parameters, roles, tools, formats and media, over all routes', () => {
  it('nothing is refused upstream, and nothing is lost without a note', { timeout: 600_000 }, async () => {
    const counts: Counts = { sent: 0, served: 0, ineligible: 0, invalid: 0, refused: [], lost: [] }
    // One at a time: what a provider received is told apart by its place.
    for (const one of fc.sample(cases, { numRuns: REQUESTS, seed: SEED })) await tryCase(one, counts)
    const { refused, lost, ...figures } = counts
    process.stdout.write(
      `${JSON.stringify({ requests: REQUESTS, models: models.length, ...figures, refusedUpstream: refused.length, lostWithoutNote: lost.length })}\n`,
    )
    expect(refused.slice(0, 5)).toEqual([])
    expect(lost.slice(0, 5)).toEqual([])
    expect(counts.served).toBeGreaterThan(REQUESTS / 5)
    expect(models.length).toBeGreaterThan(40)
  })
})
