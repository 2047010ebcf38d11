// Bodies that are nearly right, broken in one or two places by chance, for each provider: every one gets an answer or a
// clear refusal, none an internal error, and nothing is left held or in flight.

import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { expectNothingLost } from '../support/nothing-lost.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ config: { circuit: { failures: 1000 } } })
})
afterAll(() => gateway.close())

const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const TOOL = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather.',
    strict: true,
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}
const CALL = {
  id: 'call_1',
  type: 'function',
  function: { name: 'get_weather', arguments: '{"city":"Oslo"}' },
}
const USER = { role: 'user', content: 'What is the weather in Oslo?' }

/** Between them they have every field that the gateway or a translator looks at. */
const BODIES: readonly Record<string, unknown>[] = [
  {
    messages: [{ role: 'system', content: 'Be brief.' }, { role: 'developer', content: 'Be kind.' }, USER],
    max_tokens: 100,
    temperature: 0.5,
    top_p: 0.9,
    stop: ['.', ';'],
    user: 'somebody',
    metadata: { a: 'b' },
    routing: { tier: 'economy', max_cost_usd: 1, session: 's', explain: true, providers: { ignore: [] } },
  },
  {
    messages: [
      USER,
      { role: 'assistant', content: null, tool_calls: [CALL] },
      { role: 'tool', tool_call_id: 'call_1', content: '12 degrees' },
      { role: 'assistant', content: 'It is 12 degrees.', reasoning_content: 'Easy.' },
      { role: 'user', content: [{ type: 'text', text: 'And in Rome?' }], name: 'somebody' },
    ],
    tools: [TOOL],
    tool_choice: { type: 'function', function: { name: 'get_weather' } },
    parallel_tool_calls: false,
  },
  {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: PIXEL, detail: 'low' } },
        ],
      },
    ],
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'answer', strict: true, schema: { type: 'object', properties: {} } },
    },
    reasoning_effort: 'low',
    max_completion_tokens: 50,
  },
  {
    messages: [USER, { role: 'assistant', content: [{ type: 'text', text: 'Rain' }] }, USER],
    response_format: { type: 'json_object' },
    n: 1,
    seed: 7,
    logit_bias: {},
    stream: true,
    stream_options: { include_usage: true },
    service_tier: 'auto',
    tools: [TOOL, TOOL],
    tool_choice: 'required',
  },
]

const MODELS = [
  'auto',
  'deepseek/deepseek-flash',
  'alibaba/qwen3.7-plus',
  'moonshot/kimi-k2.6',
  'openai/gpt-5-mini',
  'openai/gpt-6-luna',
  'anthropic/claude-haiku-5-5',
]

const NOISE: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e300,
  '',
  'x',
  '\u0000',
  '\ud800',
  '__proto__',
  [],
  {},
  [null],
  [[]],
  [{}],
  { type: 'text' },
  { type: 'function' },
  { a: { b: [] } },
  'x'.repeat(300),
  Array.from({ length: 40 }, () => ({})),
]

type Path = readonly (string | number)[]

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const inner = Object.entries(value).flatMap(([key, member]) =>
    pathsOf(member, [...path, Array.isArray(value) ? Number(key) : key]),
  )
  return [path, ...inner]
}

type Change = (value: unknown) => unknown
const DROP = Symbol('drop')

/** The value with what stands at `path` changed; nothing is changed where the path no longer exists. */
function changeAt(value: unknown, [key, ...rest]: Path, change: Change): unknown {
  if (key === undefined) return change(value)
  if (typeof value !== 'object' || value === null) return value
  const changed = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
    const result = name === String(key) ? changeAt(member, rest, change) : member
    return result === DROP ? [] : [[name, result]]
  })
  return Array.isArray(value) ? changed.map(([, member]) => member) : Object.fromEntries(changed)
}

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.constantFrom(...NOISE).map(
    (noise): Change =>
      () =>
        noise,
  ),
  fc.jsonValue({ maxDepth: 2 }).map(
    (noise): Change =>
      () =>
        noise,
  ),
  fc.constant<Change>(() => DROP),
  fc.constant<Change>((value) => [value, value]),
  fc.constant<Change>((value) => ({ value })),
)

const nearlyRight = fc
  .constantFrom(...BODIES)
  .chain((body) =>
    fc.tuple(
      fc.constant(body),
      fc.constantFrom(...MODELS),
      fc.array(fc.tuple(fc.constantFrom(...pathsOf(body).slice(1)), change), { minLength: 1, maxLength: 2 }),
    ),
  )
  .map(([body, model, changes]) =>
    Object.assign(
      { model },
      changes.reduce<unknown>((value, [path, make]) => changeAt(value, path, make), body),
    ),
  )

it('gets an answer or a refusal that says what was wrong', { timeout: 60_000 }, async () => {
  const statuses = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(nearlyRight, async (body) => {
      const response = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      const text = await response.text()
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
      expect([200, 400, 403, 404]).toContain(response.status)
      expect(response.headers.get('x-request-id')).toMatch(/^req_/)
      if (response.status === 200) return
      expect(JSON.parse(text)).toEqual({
        error: {
          message: expect.stringMatching(/\w/),
          type: expect.any(String),
          param: expect.toSatisfy((param: unknown) => param === null || typeof param === 'string'),
          code: expect.any(String),
        },
      })
    }),
    { numRuns: 1500 },
  )
  // Both kinds must occur, or the bodies are not nearly right.
  expect(statuses.get(200)).toBeGreaterThan(100)
  expect(statuses.get(400)).toBeGreaterThan(100)
  await expectNothingLost(gateway)
  expect(gateway.log()).not.toMatch(/"level":"(?:error|fatal)"/)
})
