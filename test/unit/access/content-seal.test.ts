// What is kept between requests is read with the key of the caller alone.

import { describe, expect, it } from 'vitest'
import { createContentSeal } from '../../../src/access/content-seal.ts'

const mine = createContentSeal('fth_mine')
const again = createContentSeal('fth_mine')
const theirs = createContentSeal('fth_theirs')
const content = Buffer.from('What I thought: 42 · 思考 🤔')

describe('a content seal', () => {
  it('opens what the same key sealed, in any process', () => {
    const name = mine.name('turn 1')
    expect(again.name('turn 1')).toBe(name)
    expect(again.open(name, mine.seal(name, content))).toEqual(content)
    expect(again.open(name, mine.seal(name, Buffer.alloc(0)))).toEqual(Buffer.alloc(0))
  })

  it('shows nothing of the content or the text of the name, and never the same twice', () => {
    const sealed = mine.seal('n', content)
    expect(sealed.includes('thought')).toBe(false)
    expect(mine.name('call_abc')).toMatch(/^[\w-]{43}$/)
    expect(mine.seal('n', content).equals(sealed)).toBe(false)
  })

  it('opens nothing of another caller, of another name, or damaged', () => {
    const name = mine.name('turn 1')
    expect(theirs.name('turn 1')).not.toBe(name)
    const sealed = mine.seal(name, content)
    expect(theirs.open(name, sealed)).toBeNull()
    expect(mine.open(mine.name('turn 2'), sealed)).toBeNull()
    for (let at = 0; at < sealed.length; at++) {
      const damaged = Buffer.from(sealed)
      damaged[at] = (damaged[at] ?? 0) ^ 1
      expect(mine.open(name, damaged)).toBeNull()
    }
    for (const length of [0, 1, 27]) expect(mine.open(name, sealed.subarray(0, length))).toBeNull()
  })
})
