// Every word and every text of every provider's table: it decides, whatever the status says. And when to come back, in each
// form in which that is said.

import { describe, expect, it } from 'vitest'
import type { FailureClass } from '../../../src/core/failure.ts'
import { claudeErrors } from '../../../src/providers/anthropic/errors.ts'
import { deepseekErrors } from '../../../src/providers/deepseek-errors.ts'
import type { ErrorTable } from '../../../src/providers/error-table.ts'
import { kimiErrors } from '../../../src/providers/kimi-errors.ts'
import { openaiErrors } from '../../../src/providers/openai-errors.ts'
import { qwenErrors } from '../../../src/providers/qwen-errors.ts'
import { type AnswerHeaders, readStreamFailure, readWireError } from '../../../src/providers/wire-error.ts'

type Sample = readonly [text: string, failureClass: FailureClass]

/** What each provider is known to say, where its code says too little. */
const TABLES: Readonly<Record<string, { readonly table: ErrorTable; readonly samples: readonly Sample[] }>> =
  {
    deepseek: {
      table: deepseekErrors,
      samples: [
        ['Insufficient Balance', 'out_of_money'],
        ["This model's maximum context length is 1000000 tokens.", 'context_too_long'],
        ['Input has too many tokens', 'context_too_long'],
        ['Content Exists Risk', 'content_filter'],
        ['Model Not Exist', 'model_missing'],
        ['Failed to deserialize: messages[0].role: unknown variant `developer`', 'not_supported'],
        ['This response_format type is unavailable now', 'not_supported'],
        ['Thinking mode does not support this tool_choice', 'not_supported'],
        ['The `reasoning_content` in the thinking mode must be passed back to the API.', 'not_supported'],
        ['Missing `reasoning_content` field in the assistant message at message index 2.', 'not_supported'],
        ['Failed to deserialize the JSON body into the target type: missing field `model`', 'bad_request'],
      ],
    },
    alibaba: {
      table: qwenErrors,
      samples: [
        ['Range of input length should be [1, 983616]', 'context_too_long'],
        ['Access denied, please make sure your account is not overdue.', 'out_of_money'],
        ['Free allocated quota exceeded.', 'out_of_money'],
        ['parameter.enable_thinking must be set to false for non-streaming calls', 'not_supported'],
        [
          'The tool_choice parameter does not support being set to required or object in thinking mode',
          'not_supported',
        ],
        ['Json mode response is not supported when enable_thinking is true', 'not_supported'],
        ['input content must be a string', 'not_supported'],
      ],
    },
    moonshot: {
      table: kimiErrors,
      samples: [
        ['Invalid request: Your request exceeded model token limit: 262144', 'context_too_long'],
        ['Input token length too long', 'context_too_long'],
        ['invalid temperature: only 1 is allowed for this model', 'not_supported'],
        [
          'thinking is enabled but reasoning_content is missing in assistant tool call message',
          'not_supported',
        ],
        ["tool_choice 'specified' is incompatible with thinking enabled", 'not_supported'],
        ['unsupported image url', 'not_supported'],
        [
          "Invalid request: the message at position 4 with role 'assistant' must not be empty",
          'not_supported',
        ],
      ],
    },
    openai: {
      table: openaiErrors,
      samples: [
        ["This model's maximum context length is 400000 tokens.", 'context_too_long'],
        ['Your input exceeds the context window of this model.', 'context_too_long'],
        [
          'Function tools with reasoning_effort are not supported for this model in /v1/chat/completions',
          'not_supported',
        ],
        ['Unrecognized request argument supplied: top_k', 'not_supported'],
        ["Unsupported parameter: 'seed' is not supported with this model.", 'not_supported'],
      ],
    },
    anthropic: {
      table: claudeErrors,
      samples: [
        [
          'You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.',
          'out_of_money',
        ],
        ['Your organization has reached its monthly spend limit.', 'out_of_money'],
        ['Your credit balance is too low to access the Anthropic API.', 'out_of_money'],
        ['prompt is too long: 1000001 tokens > 1000000 maximum', 'context_too_long'],
        ['input length and `max_tokens` exceed context limit: 999000 + 64000 > 1000000', 'context_too_long'],
        ['Output blocked by content filtering policy', 'content_filter'],
        ['`temperature` is deprecated for this model.', 'not_supported'],
        ['thinking.budget: Extra inputs are not permitted', 'not_supported'],
        ['This model does not support assistant message prefill.', 'not_supported'],
        ['"thinking.type.disabled" is not supported for this model', 'not_supported'],
      ],
    },
  }

/** Under whichever of these a provider says it: one code stands under several, and one status means several things. */
const STATUSES = [400, 401, 402, 403, 404, 413, 422, 429, 500, 503, 529]

const read = (table: ErrorTable, status: number, error: object, headers: AnswerHeaders = {}) =>
  readWireError({ status, headers, body: Buffer.from(JSON.stringify({ error })) }, table)

describe.each(Object.entries(TABLES))('%s', (_, { table, samples }) => {
  it('knows each of its words, as code and as type, whatever the status', () => {
    for (const { class: failureClass, words = [], message } of table.rows) {
      if (message !== undefined) continue
      for (const word of words) {
        for (const status of STATUSES) {
          expect([word, read(table, status, { code: word, message: 'x' }).class]).toEqual([
            word,
            failureClass,
          ])
          expect([word, read(table, status, { type: word, message: 'x' }).class]).toEqual([
            word,
            failureClass,
          ])
        }
        // And inside a stream, whose status was 200.
        expect([word, readStreamFailure({ type: word }, table).class]).toEqual([word, failureClass])
      }
    }
  })

  it.each(samples)('“%s” is %s, whatever the status', (message, failureClass) => {
    for (const status of STATUSES)
      expect([status, read(table, status, { message }).class]).toEqual([status, failureClass])
  })

  it('has a sample for each of its texts, and for each part of them', () => {
    const texts = samples.map(([text]) => text)
    const parts = table.rows
      .filter(({ words }) => words === undefined)
      .flatMap(({ message }) => (message === undefined ? [] : message.source.split('|')))
    const unseen = parts.filter((part) => !texts.some((text) => new RegExp(part, 'i').test(text)))
    expect(unseen).toEqual([])
  })

  it.each<[string, AnswerHeaders, number | null]>([
    ['seconds', { 'retry-after': '7' }, 7_000],
    ['a part of a second', { 'retry-after': '0.5' }, 500],
    ['none at all', { 'retry-after': '0' }, 0],
    ['milliseconds', { 'retry-after-ms': '250' }, 250],
    ['milliseconds before seconds', { 'retry-after-ms': '1500', 'retry-after': '2' }, 1_500],
    [
      'a date, by the answer’s own clock',
      { 'retry-after': 'Wed, 25 Nov 2026 12:00:30 GMT', date: 'Wed, 25 Nov 2026 12:00:00 GMT' },
      30_000,
    ],
    [
      'a date that is over',
      { 'retry-after': 'Wed, 25 Nov 2026 11:00:00 GMT', date: 'Wed, 25 Nov 2026 12:00:00 GMT' },
      0,
    ],
    ['a date without a clock', { 'retry-after': 'Wed, 25 Nov 2026 12:00:30 GMT' }, null],
    ['a word', { 'retry-after': 'soon', date: 'Wed, 25 Nov 2026 12:00:00 GMT' }, null],
    ['less than nothing', { 'retry-after': '-5', date: 'never' }, null],
    ['two of them', { 'retry-after': ['1', '2'] }, null],
    ['nothing', { 'retry-after': '' }, null],
  ])('come back in: %s', (__, headers, expected) => {
    expect(read(table, 429, { message: 'x' }, headers).retryAfterMs).toBe(expected)
  })
})

describe('what a message says of the wait, where no header does', () => {
  it.each<[ErrorTable, string, number | null]>([
    [kimiErrors, 'request reached max RPM, please try again after 2 seconds', 2_000],
    [kimiErrors, 'please try again after 1 seconds', 1_000],
    [openaiErrors, 'Rate limit reached for gpt-6-luna. Please try again in 1.2s.', 1_200],
    [openaiErrors, 'Please try again in 6m0s.', 360_000],
    [openaiErrors, 'Please try again in 250ms.', 250],
    [openaiErrors, 'Please try again later.', null],
    [qwenErrors, 'Please try again in 5s.', null],
  ])('%#: “%s”', (table, message, expected) => {
    expect(read(table, 429, { message }).retryAfterMs).toBe(expected)
    // A header is exact, and goes before it.
    expect(read(table, 429, { message }, { 'retry-after': '9' }).retryAfterMs).toBe(9_000)
  })
})
