import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createApiKey, createKeyId, hashApiKey, readApiKey } from '../../../src/access/api-key.ts'

describe('createApiKey', () => {
  it('makes a prefix and 40 letters and digits, never twice the same', () => {
    const keys = Array.from({ length: 1000 }, () => createApiKey(randomBytes))
    for (const key of keys) expect(key).toMatch(/^fth_[0-9A-Za-z]{40}$/)
    expect(new Set(keys).size).toBe(1000)
  })

  it('favours no character: bytes that do not divide evenly are drawn again', () => {
    let drawn = 0
    const key = createApiKey((size) => new Uint8Array(size).fill(drawn++ === 0 ? 255 : 61))
    expect(key).toBe(`fth_${'z'.repeat(40)}`)
    const counts = new Map<string, number>()
    for (let round = 0; round < 2000; round++) {
      for (const letter of createApiKey(randomBytes).slice(4))
        counts.set(letter, (counts.get(letter) ?? 0) + 1)
    }
    // 80,000 draws over 62 characters: 1,290 each, and 6 standard deviations are 215.
    expect(counts.size).toBe(62)
    for (const count of counts.values()) expect(Math.abs(count - 1290)).toBeLessThan(215)
  })
})

it('createKeyId makes ids that are not keys', () => {
  expect(createKeyId(randomBytes)).toMatch(/^key_[0-9A-Za-z]{16}$/)
})

it('hashApiKey is plain SHA-256 in hex', () => {
  expect(hashApiKey('fth_abc')).toBe(createHash('sha256').update('fth_abc').digest('hex'))
})

it('readApiKey takes the scheme in any case, as HTTP does', () => {
  expect(readApiKey('bearer fth_abc')).toBe('fth_abc')
  expect(readApiKey('BEARER  fth_abc')).toBe('fth_abc')
  expect(readApiKey('Bearerfth_abc')).toBeNull()
})
