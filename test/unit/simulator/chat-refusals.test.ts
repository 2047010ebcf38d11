// What each vendor refuses, as a table: the same status and error shape as the real one, and nothing in its books.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import type { ProviderId } from '../../../src/core/route.ts'
import { type Fleet, startFleet } from '../../../src/simulator/fleet.ts'
import type { SimulatedModel } from '../../../src/simulator/simulated-model.ts'
import { deepseekFlash, haiku, kimi, luna, qwenFlash } from './sample-models.ts'

const named = (model: SimulatedModel, ...ids: string[]): SimulatedModel[] =>
  ids.map((id) => ({ ...model, id }))
const oldHaiku = 'claude-haiku-4-5'

let fleet: Fleet
beforeAll(async () => {
  fleet = await startFleet({
    clock: systemClock,
    models: {
      deepseek: [deepseekFlash],
      alibaba: [qwenFlash, ...named({ ...qwenFlash, images: 'none' }, 'qwen-plus', 'qwen3.8-omni-flash')],
      moonshot: [kimi, ...named(kimi, 'kimi-k2.6', 'kimi-k2.7-code')],
      openai: [luna, ...named(luna, 'gpt-4o', 'gpt-5-mini', 'gpt-5.5', 'gpt-6-astra')],
      anthropic: [haiku, ...named(haiku, oldHaiku)],
    },
  })
})
afterAll(() => fleet.close())

const HI = [{ role: 'user', content: 'Hi' }]
const turn = (model: string, fields: object) => ({
  model,
  messages: [{ role: 'assistant', ...fields }, ...HI],
  ...(model === qwenFlash.id ? { stream: true } : {}),
})
const TOOLS = [
  { type: 'function', function: { name: 'get_time', parameters: { type: 'object', properties: {} } } },
]

async function ask(provider: ProviderId, fields: object): Promise<{ status: number; error: unknown }> {
  const { baseUrl, apiKey } = fleet.providers[provider]
  const isClaude = provider === 'anthropic'
  const response = await fetch(`${baseUrl}${isClaude ? '/v1/messages' : '/chat/completions'}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(isClaude
        ? { 'x-api-key': apiKey, 'anthropic-version': '2023-06-01' }
        : { authorization: `Bearer ${apiKey}` }),
    },
    body: JSON.stringify({ messages: HI, ...(isClaude ? { max_tokens: 10 } : {}), ...fields }),
  })
  const body: { error?: unknown } = JSON.parse(await response.text())
  return { status: response.status, error: body.error }
}

type Row = readonly [provider: ProviderId, about: string, fields: object, message: RegExp]

const REFUSED: readonly Row[] = [
  [
    'openai',
    'an effort of minimal since 5.1',
    { model: 'gpt-5.5', reasoning_effort: 'minimal' },
    /"minimal"/,
  ],
  ['openai', 'an effort of max before 5.6', { model: 'gpt-5.5', reasoning_effort: 'max' }, /"max"/],
  ['openai', 'an effort of none at astra', { model: 'gpt-6-astra', reasoning_effort: 'none' }, /"none"/],
  ['openai', 'an effort of none at gpt-5-mini', { model: 'gpt-5-mini', reasoning_effort: 'none' }, /"none"/],
  ['openai', 'any effort at gpt-4o', { model: 'gpt-4o', reasoning_effort: 'low' }, /Unrecognized/],
  ['openai', 'stop at astra', { model: 'gpt-6-astra', stop: 'END' }, /'stop' is not supported/],
  ['openai', 'five stops', { model: 'gpt-4o', stop: ['a', 'b', 'c', 'd', 'e'] }, /array too long/],
  ['openai', 'logprobs while reasoning', { model: luna.id, logprobs: true }, /'logprobs'/],
  ['openai', 'a bias while reasoning', { model: luna.id, logit_bias: { 50: 1 } }, /'logit_bias'/],
  ['openai', 'no tools', { model: 'gpt-4o', tools: [] }, /empty array/],
  ['openai', 'a choice without tools', { model: 'gpt-4o', tool_choice: 'auto' }, /only allowed when 'tools'/],
  [
    'openai',
    'parallel calls without tools',
    { model: 'gpt-4o', parallel_tool_calls: true },
    /'tools' are specified/,
  ],
  [
    'openai',
    'an effort with tools at 5.5',
    { model: 'gpt-5.5', tools: TOOLS, reasoning_effort: 'none' },
    /tools/,
  ],
  [
    'openai',
    'a list of no calls',
    turn('gpt-4o', { content: 'x', tool_calls: [] }),
    /tool_calls': empty arr/,
  ],
  ['openai', 'a turn of nothing', turn('gpt-4o', { content: null }), /expected a string, got null/],
  ['openai', 'reasoning of others', turn('gpt-4o', { content: 'x', reasoning: 'y' }), /Unknown parameter/],
  [
    'openai',
    'a name with a space',
    turn('gpt-4o', { content: 'x', name: 'Ada L' }),
    /does not match pattern/,
  ],
  [
    'deepseek',
    'a turn of nothing',
    turn(deepseekFlash.id, { content: null }),
    /content or tool_calls must be set/,
  ],
  ['deepseek', 'a part that refuses', turn(deepseekFlash.id, { content: [{ type: 'refusal' }] }), /refusal/],
  [
    'alibaba',
    'arguments that are no JSON',
    turn(qwenFlash.id, { content: null, tool_calls: [{ id: 'c', function: { name: 'f', arguments: '' } }] }),
    /must be in JSON format/,
  ],
  ['openai', 'a parameter of others', { model: 'gpt-4o', top_k: 5 }, /Unrecognized request argument/],
  [
    'moonshot',
    'its own default while not thinking',
    { model: 'kimi-k2.6', thinking: OFF(), temperature: 1 },
    /0\.6/,
  ],
  ['moonshot', 'a long stop', { model: kimi.id, stop: 'x'.repeat(33) }, /32 bytes/],
  ['moonshot', 'six stops', { model: kimi.id, stop: ['a', 'b', 'c', 'd', 'e', 'f'] }, /at most 5/],
  ['moonshot', 'two choices', { model: kimi.id, n: 2 }, /invalid n/],
  ['moonshot', 'a named tool', { model: kimi.id, tools: TOOLS, tool_choice: TOOLS[0] }, /specified/],
  [
    'moonshot',
    'a required tool at K2',
    { model: 'kimi-k2.6', tools: TOOLS, tool_choice: 'required' },
    /required/,
  ],
  ['moonshot', 'an effort of medium', { model: kimi.id, reasoning_effort: 'medium' }, /"medium"/],
  ['alibaba', 'a temperature of 2', { model: qwenFlash.id, temperature: 2 }, /temperature/],
  ['alibaba', 'a top_p of nothing', { model: qwenFlash.id, top_p: 0 }, /top_p/],
  ['alibaba', 'two choices while thinking', { model: qwenFlash.id, n: 2, stream: true }, /Range of n/],
  ['alibaba', 'five choices', { model: 'qwen-plus', n: 5 }, /\[1, 4\]/],
  ['alibaba', 'two choices with tools', { model: 'qwen-plus', n: 2, tools: TOOLS }, /\[1, 1\]/],
  ['anthropic', 'a temperature', { model: haiku.id, temperature: 1 }, /deprecated for this model/],
  ['anthropic', 'a temperature above 1', { model: oldHaiku, temperature: 1.5 }, /range: 0\.\.1/],
  ['anthropic', 'temperature and top_p', { model: oldHaiku, temperature: 1, top_p: 0.5 }, /both/],
  ['anthropic', 'a blank stop', { model: haiku.id, stop_sequences: ['\n'] }, /non-whitespace/],
  [
    'moonshot',
    'a turn without a word',
    { model: kimi.id, messages: [{ role: 'assistant', content: '' }] },
    /position 0 with role 'assistant' must not be empty/,
  ],
  ['anthropic', 'blank text', { model: haiku.id, messages: [{ role: 'user', content: '\n' }] }, /whitespace/],
  ['anthropic', 'empty text', { model: haiku.id, messages: [{ role: 'user', content: '' }] }, /non-empty/],
  ['anthropic', 'five marks', { model: haiku.id, messages: marked('5m', '5m', '5m', '5m', '5m') }, /Found 5/],
  [
    'anthropic',
    'a long mark after a short one',
    { model: haiku.id, messages: marked('5m', '1h') },
    /must not come after/,
  ],
]

function OFF() {
  return { type: 'disabled' }
}

function marked(...ttls: string[]) {
  const content = ttls.map((ttl) => ({ type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl } }))
  return [{ role: 'user', content }]
}

describe('is refused', () => {
  it.each(REFUSED)('at %s: %s', async (provider, _, fields, message) => {
    const { requests } = fleet.providers[provider].books
    const { status, error } = await ask(provider, fields)
    expect({ status, error }).toMatchObject({
      status: 400,
      error: { message: expect.stringMatching(message), type: 'invalid_request_error' },
    })
    expect(fleet.providers[provider].books.requests).toBe(requests)
  })
})

const TAKEN: readonly (readonly [ProviderId, string, object])[] = [
  ['openai', 'minimal at gpt-5-mini', { model: 'gpt-5-mini', reasoning_effort: 'minimal' }],
  ['openai', 'max since 5.6', { model: luna.id, reasoning_effort: 'max' }],
  ['openai', 'a temperature at gpt-4o', { model: 'gpt-4o', temperature: 0.2, n: 2 }],
  [
    'moonshot',
    'its one temperature',
    { model: 'kimi-k2.6', thinking: { type: 'disabled' }, temperature: 0.6 },
  ],
  ['moonshot', 'a required tool at K3', { model: kimi.id, tools: TOOLS, tool_choice: 'required' }],
  ['alibaba', 'four choices', { model: 'qwen-plus', n: 4 }],
  ['deepseek', 'what it does not know', { model: deepseekFlash.id, top_k: 5, n: 2 }],
  ['anthropic', 'a temperature at an older model', { model: oldHaiku, temperature: 0.5 }],
  [
    'anthropic',
    'four marks, the long ones first',
    { model: haiku.id, messages: marked('1h', '1h', '5m', '5m') },
  ],
]

describe('is taken', () => {
  it.each(TAKEN)('at %s: %s', async (provider, _, fields) => {
    expect(await ask(provider, fields)).toMatchObject({ status: 200 })
  })
})
