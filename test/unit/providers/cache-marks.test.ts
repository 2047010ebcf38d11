import { describe, expect, it } from 'vitest'
import { fitCacheMarks } from '../../../src/providers/anthropic/cache-marks.ts'

const SHORT = { type: 'ephemeral' }
const LONG = { type: 'ephemeral', ttl: '1h' }
const text = (cache_control?: object) => ({
  type: 'text',
  text: 'a',
  ...(cache_control && { cache_control }),
})
const body = (marks: readonly (object | undefined)[]) => ({
  model: 'm',
  tools: [{ name: 't', ...text(marks[0]) }],
  system: [text(marks[1])],
  messages: [
    { role: 'user', content: [text(marks[2]), text(marks[3])] },
    {
      role: 'user',
      content: [
        { type: 'tool_result', content: [text(marks[4])], ...(marks[5] && { cache_control: marks[5] }) },
      ],
    },
  ],
  ...(marks[6] && { cache_control: marks[6] }),
})
const sent = (marks: readonly (object | undefined)[]) => {
  const { body: fitted, isLess } = fitCacheMarks(body(marks))
  return { fitted: JSON.parse(JSON.stringify(fitted)), isLess }
}
const none = undefined

describe('fitCacheMarks', () => {
  it.each([
    [[none, none, none, none, none, none, none]],
    [[SHORT, SHORT, SHORT, SHORT, none, none, none]],
    [[LONG, none, LONG, none, none, SHORT, SHORT]],
  ])('leaves %j as it is', (marks) => {
    expect(sent(marks)).toEqual({ fitted: JSON.parse(JSON.stringify(body(marks))), isLess: false })
  })

  it.each([
    ['five', [SHORT, SHORT, SHORT, SHORT, SHORT, none, none], [SHORT, none, SHORT, SHORT, SHORT, none, none]],
    [
      'all there can be',
      [SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT],
      [SHORT, none, none, none, SHORT, SHORT, SHORT],
    ],
    [
      'a long one behind a short one',
      [SHORT, LONG, none, none, none, none, LONG],
      [SHORT, SHORT, none, none, none, none, SHORT],
    ],
    [
      'long ones, one of them behind a spare short one',
      [LONG, SHORT, LONG, LONG, LONG, none, none],
      [LONG, none, LONG, LONG, LONG, none, none],
    ],
  ])('fits %s', (_, marks, fitting) => {
    expect(sent(marks)).toEqual({ fitted: JSON.parse(JSON.stringify(body(fitting))), isLess: true })
  })
})
