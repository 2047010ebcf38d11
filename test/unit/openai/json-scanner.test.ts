import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outlineObject } from '../../../src/openai/json-outline.ts'
import { JsonSyntaxError } from '../../../src/openai/json-scanner.ts'

const accepts = (text: string): boolean => {
  try {
    outlineObject(Buffer.from(text))
    return true
  } catch (error) {
    if (error instanceof JsonSyntaxError) return false
    throw error
  }
}

const parses = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** JSON text with white space anywhere it may stand. */
const document = fc
  .tuple(
    fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()),
    fc.constantFrom('', ' ', '\t', '\n  '),
  )
  .map(([value, space]) => JSON.stringify(value, null, space))
  .filter((text) => !text.includes('\\u0000'))

describe('the JSON scanner', () => {
  it('finds each top-level member where JSON.parse would', () => {
    fc.assert(
      fc.property(document, (text) => {
        const bytes = Buffer.from(text)
        const outline = outlineObject(bytes)
        const expected: Record<string, unknown> = JSON.parse(text)
        expect([...outline.keys()].toSorted()).toEqual(Object.keys(expected).toSorted())
        for (const [name, member] of outline) {
          expect(JSON.parse(bytes.toString('utf8', member.start, member.end))).toEqual(expected[name])
        }
      }),
    )
  })

  it('accepts exactly what JSON.parse accepts, whatever byte is damaged', () => {
    const damaged = fc
      .tuple(
        document,
        fc.nat(),
        fc.constantFrom('', '"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', '.', 'e', ' ', '\n', 'x'),
      )
      .map(
        ([text, at, change]) => text.slice(0, at % text.length) + change + text.slice((at % text.length) + 1),
      )
    fc.assert(
      fc.property(damaged, (text) => {
        fc.pre(!text.includes('\\u0000') && text.trimStart().startsWith('{'))
        expect(accepts(text)).toBe(parses(text))
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    '',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{,}',
    '{"a" 1}',
    '{"a":01}',
    '{"a":1.}',
    '{"a":+1}',
    '{"a":tru}',
    '{"a":"\\x"}',
    '{"a":"\\u12"}',
    "{'a':1}",
    '{"a":1}}',
    '{"a":NaN}',
  ])('refuses %j', (text) => {
    expect(accepts(text)).toBe(false)
    expect(parses(text)).toBe(false)
  })

  it('refuses NUL characters, escaped or not, and says where', () => {
    expect(() => outlineObject(Buffer.from('{"a":"x\\u0000"}'))).toThrow(/NUL character .* at byte 7/)
    expect(() => outlineObject(Buffer.from('{"a":"x\u0000"}'))).toThrow(
      /control character 0x00 in a string at byte 7/,
    )
  })

  it('refuses nesting that would exhaust the stack', () => {
    expect(accepts(`{"a":${'['.repeat(200)}${']'.repeat(200)}}`)).toBe(true)
    expect(() => outlineObject(Buffer.from(`{"a":${'['.repeat(100_000)}`))).toThrow(/nesting deeper than 256/)
  })
})
