// Names of turns: the same whenever the conversation comes back, and never those of another conversation.

import { describe, expect, it } from 'vitest'
import { nameTurns } from '../../../src/chat/turn-name.ts'
import { parseChatRequest } from '../../../src/openai/parse-chat-request.ts'

const request = (...messages: object[]) =>
  parseChatRequest(Buffer.from(JSON.stringify({ model: 'auto', messages })), {})
const user = (content: unknown) => ({ role: 'user', content })
const called = (id: string, extra: object = {}, name = 'get_weather') => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id, type: 'function', function: { name, arguments: '{}' } }],
  ...extra,
})
const result = (id: string, content = '12') => ({ role: 'tool', tool_call_id: id, content })
const DRAWN = 'call_00_a1B2c3D4e5F6g7H8i9J0'

/** As it is named when it is answered, and when it comes back. */
const keptName = (messages: readonly object[], call: { id: string; name: string }) =>
  nameTurns(request(...messages), [{ index: messages.length, calls: [call] }])[0]
const recalledName = (messages: readonly object[], index: number) => {
  const asked = request(...messages)
  const turn = asked.pastTurns().find((past) => past.index === index)
  return turn === undefined ? undefined : nameTurns(asked, [turn])[0]
}

describe('a turn whose ids are drawn', () => {
  it('has the same name in whatever conversation it stands', () => {
    const first = keptName([user('Oslo?')], { id: DRAWN, name: 'get_weather' })
    expect(first).toMatch(/^ids /)
    expect(recalledName([user('Oslo?'), called(DRAWN), result(DRAWN)], 1)).toBe(first)
    expect(recalledName([user('Shortened.'), called(DRAWN, { content: 'x' }), result(DRAWN)], 1)).toBe(first)
  })

  it.each([
    'call_00_a1B2c3D4e5F6g7H8i9J0',
    'toolu_01A09q90qw90lq917835lq9',
    'call_9f2c4d6e8a0b1c3d5e7f9a0b',
    'chatcmpl-tool-0123456789abcdef0123456789abcdef',
  ])('is told by what stands in the id: %s', (id) => {
    expect(keptName([user('x')], { id, name: 'f' })).toMatch(/^ids /)
  })
})

describe('a turn whose ids are counted', () => {
  const COUNTED = { id: 'get_weather_0', name: 'get_weather' }

  it.each([
    ['get_weather_0', 'get_weather'],
    ['functions.get_weather:12', 'get_weather'],
    ['functions.getCurrentWeatherForecastForEveryCity2026:0', 'getCurrentWeatherForecastForEveryCity2026'],
    ['0', 'f'],
    ['', ''],
  ])('is one of its conversation alone: %s', (id, name) => {
    expect(keptName([user('x')], { id, name })).toMatch(/^said /)
  })

  it('has the same name when its conversation comes back, and another in any other', () => {
    const name = keptName([user('Oslo?')], COUNTED)
    expect(recalledName([user('Oslo?'), called('get_weather_0'), result('get_weather_0')], 1)).toBe(name)
    expect(recalledName([user('Rome?'), called('get_weather_0'), result('get_weather_0')], 1)).not.toBe(name)
    const system = { role: 'system', content: 'Ann is ill.' }
    expect(
      recalledName([system, user('Oslo?'), called('get_weather_0'), result('get_weather_0')], 2),
    ).not.toBe(name)
  })

  it('does not care for reasoning, nor for how an empty text is written', () => {
    const start = [user('Oslo?'), called('get_weather_0'), result('get_weather_0')]
    const name = keptName(start, { id: 'get_weather_1', name: 'get_weather' })
    const again = (extra: object) =>
      recalledName(
        [
          user('Oslo?'),
          called('get_weather_0', extra),
          result('get_weather_0'),
          called('get_weather_1'),
          result('get_weather_1'),
        ],
        3,
      )
    expect(again({})).toBe(name)
    expect(again({ reasoning_content: 'I think' })).toBe(name)
    expect(again({ content: '' })).toBe(name)
    expect(again({ content: 'Well.' })).not.toBe(name)
  })

  it('cannot be made to look like another by moving text between messages', () => {
    const one = keptName([user('a'), { role: 'assistant', content: 'b' }, user('c')], COUNTED)
    const other = keptName([user('a'), { role: 'assistant', content: 'bc' }, user('')], COUNTED)
    expect(one).not.toBe(other)
  })
})
