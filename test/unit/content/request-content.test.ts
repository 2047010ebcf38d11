import { expect, it } from 'vitest'
import { AnswerContent } from '../../../src/content/answer-content.ts'
import { createRedactor } from '../../../src/content/redactor.ts'
import { readRequestContent } from '../../../src/content/request-content.ts'

const redact = createRedactor({ redact: ['email'], patterns: [] })
const read = (messages: readonly object[]) =>
  readRequestContent(Buffer.from(JSON.stringify({ model: 'auto', user: 'a@b.example', messages })), redact)
const data = Buffer.from('twelve bytes').toString('base64')

const media = (kind: string, type: string | null, bytes: number | null) => ({
  type: 'media',
  kind,
  media_type: type,
  bytes,
})

it('text and calls are kept, redacted; of media their kind and size', () => {
  const { messages, messages_omitted: omitted } = read([
    { role: 'system', content: 'Mind a@b.example.', name: 'a@b.example' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'See:' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${data}`, detail: 'high' } },
        { type: 'image_url', image_url: { url: 'https://images.example/secret.png?token=abc' } },
        { type: 'image_url', image_url: { url: `data:image/png;note=a@b.example;base64,${data}` } },
        { type: 'input_audio', input_audio: { data, format: 'wav' } },
        { type: 'video_url', video_url: { url: `data:video/mp4;base64,${data}` } },
        {
          type: 'file',
          file: { filename: 'a@b.example.pdf', file_data: `data:application/pdf;base64,${data}` },
        },
        { type: 'file', file: { file_id: 'file-a@b.example' } },
      ],
    },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'mail', arguments: '{"to":"a@b.example"}' } },
        { id: 'call_2', type: 'custom', custom: { name: 'note', input: 'plain' } },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content: 'sent to a@b.example' },
  ])
  expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool'])
  expect(messages.flatMap(({ parts }) => parts)).toEqual([
    { type: 'text', text: 'Mind [email].', is_cut: false },
    { type: 'text', text: 'See:', is_cut: false },
    media('image', 'image/png', 12),
    media('image', null, null),
    media('image', 'image/png', 12),
    media('audio', 'audio/wav', 12),
    media('video', 'video/mp4', 12),
    media('file', 'application/pdf', 12),
    media('file', null, null),
    { type: 'tool_call', name: 'mail', arguments: '{"to":"[email]"}', is_cut: false },
    { type: 'tool_call', name: 'note', arguments: 'plain', is_cut: false },
    { type: 'text', text: 'sent to [email]', is_cut: false },
  ])
  expect(omitted).toBe(0)
  expect(JSON.stringify(messages)).not.toMatch(/b\.example|secret|call_1/)
})

it('the last messages are kept where there is no room for all', () => {
  const long = Array.from({ length: 12 }, (_, index) => ({
    role: 'user',
    content: `${index} `.repeat(8_000),
  }))
  const { messages, messages_omitted: omitted } = read(long)
  expect(messages.length + omitted).toBe(12)
  expect(messages.length).toBeLessThan(6)
  expect(messages.at(-1)?.parts[0]).toMatchObject({ type: 'text', text: expect.stringMatching(/^11 /) })
  expect(read(Array.from({ length: 500 }, () => ({ role: 'user', content: 'x' })))).toMatchObject({
    messages_omitted: 300,
  })
})

it('an answer is put together from its frames: choices, refusals and calls, wherever they were cut', () => {
  const answer = new AnswerContent()
  const deltas = [
    [0, { role: 'assistant', content: 'Write to a@b' }],
    [1, { content: 'Two' }],
    [0, { content: '.example' }],
    [1, { refusal: ', no.' }],
    [1, { reasoning_content: 'hm' }],
    [0, { tool_calls: [{ index: 0, id: 'call_1', function: { name: 'mail', arguments: '{"to":' } }] }],
    [0, { tool_calls: [{ index: 0, function: { arguments: '"a@b.example"}' } }] }],
  ] as const
  for (const [index, delta] of deltas)
    answer.addFrame(Buffer.from(`data: ${JSON.stringify({ choices: [{ index, delta }] })}\n\n`))
  answer.addFrame(Buffer.from(': keep-alive\n\n'))
  answer.addFrame(Buffer.from('data: {"choices":"odd"}\n\n'))
  expect(answer.messages(redact)).toEqual([
    {
      role: 'assistant',
      parts: [
        { type: 'text', text: 'Write to [email]', is_cut: false },
        { type: 'tool_call', name: 'mail', arguments: '{"to":"[email]"}', is_cut: false },
      ],
    },
    { role: 'assistant', parts: [{ type: 'text', text: 'Two, no.', is_cut: false }] },
  ])
  const whole = new AnswerContent()
  whole.addWhole(Buffer.from('{"choices":[{"message":{"content":"a@b.example"}},{}]}'))
  expect(whole.messages(redact).map(({ parts }) => parts)).toEqual([
    [{ type: 'text', text: '[email]', is_cut: false }],
    [],
  ])
})
