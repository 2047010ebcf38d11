// The assistant's turns that called tools or carry reasoning, found in the client's bytes.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memberRemoval } from '../../../src/openai/json-edit.ts'
import { outlineObject } from '../../../src/openai/json-outline.ts'
import { parseChatRequest } from '../../../src/openai/parse-chat-request.ts'

const turnsOf = (text: string) => {
  const request = parseChatRequest(Buffer.from(text), {})
  return request.pastTurns().map(({ index, start, calls, reasoning }) => ({
    index,
    calls: calls.map(({ id, name, given }) => ({
      id,
      name,
      given: given === null ? null : Buffer.from(text).toString('utf8', given.start, given.end),
    })),
    begins: text[Buffer.from(text).subarray(0, start).toString().length],
    reasoning:
      reasoning === null
        ? null
        : {
            isText: reasoning.isText,
            json: Buffer.from(text).toString('utf8', reasoning.member.start, reasoning.member.end),
          },
  }))
}
const body = (...messages: object[]): string => JSON.stringify({ model: 'auto', messages })
const user = { role: 'user', content: 'Hi' }
const called = (...ids: string[]) => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: `f_${id}`, arguments: '{}' } })),
})
const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: '1' })

describe('past turns', () => {
  it('are those with calls and those with reasoning, with their places', () => {
    const text = body(
      user,
      called('a', 'b'),
      result('a'),
      result('b'),
      { role: 'assistant', content: 'done', reasoning_content: 'é "thought"' },
      user,
      { ...called('c'), reasoning_content: null },
      result('c'),
      { role: 'assistant', content: 'plain' },
      user,
    )
    expect(turnsOf(text)).toEqual([
      {
        index: 1,
        begins: '{',
        calls: [
          { id: 'a', name: 'f_a', given: '"{}"' },
          { id: 'b', name: 'f_b', given: '"{}"' },
        ],
        reasoning: null,
      },
      { index: 4, begins: '{', calls: [], reasoning: { isText: true, json: '"é \\"thought\\""' } },
      {
        index: 6,
        begins: '{',
        calls: [{ id: 'c', name: 'f_c', given: '"{}"' }],
        reasoning: { isText: false, json: 'null' },
      },
    ])
  })

  it('are none in a conversation without tools and reasoning, whatever its text says', () => {
    expect(turnsOf(body(user, { role: 'assistant', content: '"reasoning_content": "x"' }, user))).toEqual([])
    expect(turnsOf(body(user))).toEqual([])
  })

  it.each([
    '{"model":"auto","messages":[{"role":"user","content":"x"},{"reasoning_content":"y","content":"z","role":"assistant"}]}',
    '{"model":"auto","messages":[{"role":"user","content":"x"},{"content":"z","reasoning_content":"y","role":"assistant"}]}',
    '{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"z","reasoning_content":"y"}],"model":"auto"}',
    '{"messages":[{"role":"user","content":"x"},{"role":"assistant", "reasoning_content" : "y"}],"model":"auto"}',
  ])('are found wherever reasoning stands: %s', (text) => {
    expect(turnsOf(text)).toMatchObject([{ index: 1, reasoning: { json: '"y"' } }])
  })

  it('read calls of every kind, and odd ones without complaint', () => {
    const odd = {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'c', type: 'custom', custom: { name: 'sql', input: 'x' } },
        {
          type: 'function',
          function: { name: 'f', name2: [1, { name: 'no' }], arguments: '{"name":"no"}' },
          id: 'd',
        },
      ],
    }
    const found = turnsOf(body(user, odd, result('c'), result('d')))[0]
    expect(found?.calls).toEqual([
      { id: 'c', name: 'sql', given: null },
      { id: 'd', name: 'f', given: '"{\\"name\\":\\"no\\"}"' },
    ])
  })
})

describe('memberRemoval', () => {
  it('leaves the object without exactly that member, however it is written', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1, maxLength: 5 })
    const space = fc.stringMatching(/^[ \t\n\r]{0,3}$/)
    const value = fc.constantFrom('1', '"a,}"', '[1,{}]', '{"x":", "}', 'null', '"\\""')
    const written = fc.tuple(
      names,
      fc.array(space, { minLength: 30, maxLength: 30 }),
      fc.array(value, { minLength: 5, maxLength: 5 }),
    )
    fc.assert(
      fc.property(written, fc.nat(), ([members, spaces, values], pick) => {
        const gap = (place: number): string => spaces[place % spaces.length] ?? ''
        const parts = members.map(
          (name, place) =>
            `${gap(4 * place)}"${name}"${gap(4 * place + 1)}:${gap(4 * place + 2)}${values[place]}${gap(4 * place + 3)}`,
        )
        const bytes = Buffer.from(`{${parts.join(',')}}`)
        const name = members[pick % members.length] ?? ''
        const member = outlineObject(bytes).get(name)
        if (member === undefined) throw new Error('no member')
        const { start, end } = memberRemoval(bytes, member)
        const left: unknown = JSON.parse(
          Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]).toString(),
        )
        const wanted: Record<string, unknown> = JSON.parse(bytes.toString())
        delete wanted[name]
        expect(left).toEqual(wanted)
      }),
    )
  })
})
