import { describe, expect, it } from 'vitest'
import { createRedactor, MARGIN } from '../../../src/content/redactor.ts'
import { REDACTIONS } from '../../../src/core/sampled-content.ts'

const redactAll = createRedactor({ redact: [...REDACTIONS], patterns: ['\\bEMP-\\d{6}\\b'] })
const redact = (text: string): string => redactAll(text, 10_000).text

describe('what is taken out', () => {
  it.each([
    ['Write to zoë.müller+x@mail.example.co.uk today', 'Write to [email] today'],
    ['call +49 (0)30 123456-78 or 555-123-4567.', 'call [phone] or [phone].'],
    ['(030) 1234567, 00441632960961', '[phone], [phone]'],
    ['card 4111 1111 1111 1111 12/27', 'card [card] 12/27'],
    ['card 5500005555555559, 3782-822463-10005', 'card [card], [card]'],
    ['row 12 35 4111111111111111 99', 'row 12 35 [card] 99'],
    ['pay DE89 3704 0044 0532 0130 00 THANKS', 'pay [iban] THANKS'],
    ['AB12 gb82WEST12345698765432', 'AB12 [iban]'],
    ['fth_0123456789abcdefABCDEF and sk-ant-api03-abcdefghij_klmnop-qrst', '[key] and [key]'],
    ['Authorization: Bearer abc.def-ghi_jkl==', 'Authorization: [key]'],
    ['{"password": "hunter22!"}', '{"[key]"}'],
    ['api_key=abcdef123456', '[key]'],
    ['ghp_0123456789abcdefghij AKIAIOSFODNN7EXAMPLE', '[key] [key]'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVm', '[key]'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\nend', '[key]\nend'],
    ['-----BEGIN PRIVATE KEY-----\nMIIE, cut off', '[key]'],
    ['badge EMP-123456', 'badge [redacted]'],
  ])('%s', (text, wanted) => {
    expect(redact(text)).toBe(wanted)
  })

  it.each([
    'On 2026-11-24 at 12:30 it was 3.14159265 at 192.168.10.200, order 12345678, 1,000,000 tokens',
    'The skill of sk- and Bearer of news; version 1.2.3; 24.12.2026',
    'card number 4111 1111 1111 1112 is none'.replace('4111 1111 1111 1112', 'x'),
  ])('and what is not: %s', (text) => {
    expect(redact(text)).toBe(text)
  })

  it('only what was asked for, and keys always', () => {
    const some = createRedactor({ redact: ['card'], patterns: [] })
    expect(some('a@b.example, 4111111111111111, sk-0123456789abcdefgh', 1_000).text).toBe(
      'a@b.example, [card], [key]',
    )
  })

  it('what begins before the end is taken out whole, and the rest is cut', () => {
    const key = `sk-${'a'.repeat(40)}`
    const text = `${'x'.repeat(90)} ${key} behind`
    expect(redactAll(text, 100)).toEqual({ text: `${'x'.repeat(90)} [key]`, is_cut: true })
    expect(redactAll('x'.repeat(100), 100)).toEqual({ text: 'x'.repeat(100), is_cut: false })
    expect(redactAll(`${'x'.repeat(99)}😀`, 100).text.isWellFormed()).toBe(true)
  })

  it('no text takes long', () => {
    const hostile = [
      'a'.repeat(30_000),
      'a@'.repeat(15_000),
      '1 '.repeat(15_000),
      '+1'.repeat(15_000),
      'AB12 '.repeat(6_000),
      '-----BEGIN PRIVATE KEY-----'.repeat(1_000),
      'password: '.repeat(3_000),
      `eyJ${'a.'.repeat(15_000)}`,
      ' '.repeat(30_000),
    ]
    for (const text of hostile) {
      const before = process.cpuUsage()
      redactAll(text, 16_384)
      // Milliseconds of this process; a millisecond or two where nothing else runs, and never seconds.
      expect(process.cpuUsage(before).user / 1000).toBeLessThan(1_000)
    }
    expect(redactAll('y'.repeat(16_384 + MARGIN), 16_384).is_cut).toBe(true)
  })
})
