import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editObject, type ObjectEdits } from '../../../src/openai/json-edit.ts'
import { outlineObject } from '../../../src/openai/json-outline.ts'

const edit = (text: string, edits: ObjectEdits): string => {
  const bytes = Buffer.from(text)
  return editObject(bytes, outlineObject(bytes), edits).toString()
}

describe('editObject', () => {
  it('changes only what it is told to, byte for byte', () => {
    const text =
      '{ "model" : "a",\n "temperature": 1.0, "big": 12345678901234567890, "routing": {}, "ü": "\\u00fc" }'
    expect(edit(text, { set: { model: '"b"' }, remove: ['routing'] })).toBe(
      '{ "model" : "b",\n "temperature": 1.0, "big": 12345678901234567890, "ü": "\\u00fc" }',
    )
  })

  it('adds members at the front, also to an empty object or one that loses all it has', () => {
    expect(edit('{"a":1}', { set: { b: '[2]' } })).toBe('{"b":[2],"a":1}')
    expect(edit('{}', { set: { b: '2' } })).toBe('{"b":2}')
    expect(edit('{"a":1}', { set: { b: '2' }, remove: ['a'] })).toBe('{"b":2}')
  })

  it('replaces inner places beside whole members', () => {
    const text = '{"messages":[{"role":"developer","content":"x"}],"n":1}'
    const start = text.indexOf('"developer"')
    const span = { start, end: start + '"developer"'.length }
    expect(edit(text, { replace: [{ span, json: '"system"' }], remove: ['n'], set: { model: '"m"' } })).toBe(
      '{"model":"m","messages":[{"role":"system","content":"x"}]}',
    )
  })

  it('means the same as editing the parsed object, for any object and any edits', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
    const json = fc.jsonValue({ maxDepth: 2 })
    fc.assert(
      fc.property(
        fc.dictionary(name, json),
        fc.dictionary(name, json),
        fc.array(name),
        fc.constantFrom('', '  '),
        (object, set, remove, space) => {
          const removed: string[] = remove.filter((key) => !(key in set))
          const text = JSON.stringify(object, null, space)
          fc.pre(!text.includes('\\u0000'))
          const kept = Object.entries(object).filter(([key]) => !removed.includes(key))
          const texts = Object.fromEntries(
            Object.entries(set).map(([key, value]) => [key, JSON.stringify(value)]),
          )
          expect(JSON.parse(edit(text, { set: texts, remove: removed }))).toEqual(
            JSON.parse(JSON.stringify({ ...Object.fromEntries(kept), ...set })),
          )
        },
      ),
      { numRuns: 500 },
    )
  })
})
