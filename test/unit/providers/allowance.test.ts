// Rate-limit headers in every form in which they come.

import { describe, expect, it } from 'vitest'
import { readAllowance, resetAfterMs } from '../../../src/providers/allowance.ts'
import { readDurationMs } from '../../../src/providers/duration.ts'

const NOW_MS = Date.parse('2026-11-24T12:00:00Z')

describe('readDurationMs', () => {
  it.each([
    ['20ms', 20],
    ['1s', 1000],
    ['1.5s', 1500],
    ['6m0s', 360_000],
    ['1h2m3.5s', 3_723_500],
    ['1d', 86_400_000],
    ['2 seconds', 2000],
    ['1 minute, and more', 60_000],
    ['0s', 0],
    ['', null],
    ['soon', null],
    ['12', null],
    ['5 apples', null],
  ])('%j', (text, expected) => {
    expect(readDurationMs(text)).toBe(expected)
  })
})

describe('OpenAI’s headers', () => {
  it.each([
    ['17ms', 17],
    ['2s', 2000],
    ['6m0s', 360_000],
    ['30', 30_000],
    ['0.25', 250],
  ])('reset after %s', (reset, ms) => {
    const headers = {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': reset,
      'x-ratelimit-remaining-tokens': '149984',
      'x-ratelimit-reset-tokens': '1s',
    }
    const allowance = readAllowance('openai', headers, NOW_MS)
    expect(allowance).toEqual({
      requests: { left: 0, untilMs: NOW_MS + ms },
      tokens: { left: 149_984, untilMs: NOW_MS + 1000 },
      countsCacheReads: true,
    })
    expect(resetAfterMs(allowance, NOW_MS)).toBe(ms)
  })

  it.each([
    [{}],
    [{ 'x-ratelimit-remaining-requests': '0' }],
    [{ 'x-ratelimit-remaining-requests': 'none', 'x-ratelimit-reset-requests': '2s' }],
    [{ 'x-ratelimit-remaining-requests': '-1', 'x-ratelimit-reset-requests': '2s' }],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': 'later' }],
    [{ 'x-ratelimit-remaining-requests': ['0', '1'], 'x-ratelimit-reset-requests': '2s' }],
  ])('say nothing in %j', (headers) => {
    expect(readAllowance('openai', headers, NOW_MS)).toBeNull()
  })
})

describe('Anthropic’s headers', () => {
  it('reset at a moment; the tokens of the prompt go before all tokens, and cache reads do not count', () => {
    const headers = {
      'anthropic-ratelimit-requests-remaining': '49',
      'anthropic-ratelimit-requests-reset': '2026-11-24T12:00:01Z',
      'anthropic-ratelimit-tokens-remaining': '1000',
      'anthropic-ratelimit-tokens-reset': '2026-11-24T12:00:09Z',
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': '2026-11-24T12:00:30Z',
    }
    const allowance = readAllowance('anthropic', headers, NOW_MS)
    expect(allowance).toEqual({
      requests: { left: 49, untilMs: NOW_MS + 1000 },
      tokens: { left: 0, untilMs: NOW_MS + 30_000 },
      countsCacheReads: false,
    })
    expect(resetAfterMs(allowance, NOW_MS)).toBe(30_000)
    const { 'anthropic-ratelimit-input-tokens-remaining': _, ...others } = headers
    expect(readAllowance('anthropic', others, NOW_MS)?.tokens).toEqual({
      left: 1000,
      untilMs: NOW_MS + 9000,
    })
  })
})

describe('Moonshot’s headers, whose units nobody states', () => {
  it.each([
    ['7', NOW_MS + 7000],
    [String(NOW_MS / 1000 + 5), NOW_MS + 5000],
    [String(NOW_MS + 5000), NOW_MS + 5000],
  ])('%s', (reset, untilMs) => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }
    expect(readAllowance('moonshot', headers, NOW_MS)?.requests).toEqual({ left: 0, untilMs })
  })
})

it('DeepSeek and Alibaba document none', () => {
  const headers = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '2s' }
  expect(readAllowance('deepseek', headers, NOW_MS)).toBeNull()
  expect(readAllowance('alibaba', headers, NOW_MS)).toBeNull()
})

it('nothing used up has no end', () => {
  expect(resetAfterMs(null, NOW_MS)).toBeNull()
  const requests = { left: 1, untilMs: NOW_MS + 5000 }
  expect(resetAfterMs({ requests, tokens: null, countsCacheReads: true }, NOW_MS)).toBeNull()
})
