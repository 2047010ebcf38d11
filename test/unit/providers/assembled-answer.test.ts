// A stream put together again is the answer that the same provider would have given whole.

import { describe, expect, it } from 'vitest'
import { createAssembly } from '../../../src/providers/assembled-answer.ts'

const HEAD = { id: 'c1', object: 'chat.completion.chunk', created: 5, model: 'm', system_fingerprint: 'fp' }

function assemble(...chunks: object[]): Record<string, unknown> {
  const assembly = createAssembly()
  for (const chunk of chunks)
    assembly.addFrame(Buffer.from(`data: ${JSON.stringify({ ...HEAD, ...chunk })}\n\n`))
  return assembly.body()
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const delta = (changes: object, others: object = {}) => ({
  choices: [{ index: 0, delta: changes, ...others }],
})

describe('an assembled answer', () => {
  it('has text, reasoning and what is not known, in one message', () => {
    const body = assemble(
      delta({ role: 'assistant', content: '' }),
      delta({ content: null, reasoning_content: 'Let me ' }),
      delta({ reasoning_content: 'see.' }),
      delta({ content: 'Hel' }),
      delta({ content: 'lo', x_new: { a: 12 } }),
      delta({}, { finish_reason: 'stop' }),
    )
    expect(body).toEqual({
      ...HEAD,
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'Hello',
            reasoning_content: 'Let me see.',
            x_new: { a: 12 },
          },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
    })
  })

  it('has each tool call once, its arguments joined by its index', () => {
    const call = (index: number, changes: object) => delta({ tool_calls: [{ index, ...changes }] })
    const body = assemble(
      call(0, { id: 'a', type: 'function', function: { name: 'f', arguments: '' } }),
      call(1, { id: 'b', function: { name: 'g', arguments: '{' } }),
      call(0, { function: { arguments: '{"x"' } }),
      call(1, { function: { arguments: '}' } }),
      call(0, { id: null, type: null, function: { name: null, arguments: ':1}' } }),
      delta({}, { finish_reason: 'tool_calls' }),
    )
    expect(body).toMatchObject({
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            content: null,
            tool_calls: [
              { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
              { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
            ],
          },
        },
      ],
    })
  })

  it('keeps choices apart, joins logprobs, and sound as bytes, not as text', () => {
    const body = assemble(
      {
        choices: [
          { index: 1, delta: { content: 'b' } },
          { index: 0, delta: { content: 'a' } },
        ],
      },
      delta({ audio: { id: 's', data: base64('one'), transcript: 'On' } }, { logprobs: { content: [1] } }),
      delta({ audio: { data: base64(' two'), transcript: 'e' } }, { logprobs: { content: [2] } }),
    )
    expect(body['choices']).toMatchObject([
      {
        index: 0,
        logprobs: { content: [1, 2] },
        message: { content: 'a', audio: { id: 's', data: base64('one two'), transcript: 'One' } },
      },
      { index: 1, message: { content: 'b' } },
    ])
  })

  it('passes over comments', () => {
    const assembly = createAssembly()
    assembly.addFrame(Buffer.from(': keep-alive\n'))
    expect(assembly.body()).toEqual({ object: 'chat.completion', choices: [] })
  })
})
