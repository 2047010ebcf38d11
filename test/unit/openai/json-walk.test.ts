import fc from 'fast-check'
import { expect, test } from 'vitest'
import { outlineObject } from '../../../src/openai/json-outline.ts'
import { membersAt, objectsAt } from '../../../src/openai/json-walk.ts'

const indents = fc.constantFrom(0, 1, '\t', '\r\n ')

test('finds the members that the checked outline has, whatever the document', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), indents, (document, indent) => {
      const json = Buffer.from(JSON.stringify(document, null, indent))
      const walked = membersAt(json, json.indexOf('{'))
      const outlined = outlineObject(json, { allowsAnyText: true })
      expect([...walked.values()]).toEqual([...outlined.values()])
      const plain = Object.keys(document).filter(
        (name) => JSON.stringify(name) === `"${name}"` && /^[\x20-\x7e]*$/.test(name),
      )
      expect([...walked.keys()]).toEqual(expect.arrayContaining(plain))
    }),
  )
})

test('finds the objects of a list, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), indents, (list, indent) => {
      const json = Buffer.from(JSON.stringify(list, null, indent))
      const objects = list.filter(
        (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      )
      const found = objectsAt(json, 0)
      expect(found.map((at) => json[at])).toEqual(objects.map(() => 0x7b))
      for (const [place, at] of found.entries())
        expect(membersAt(json, at).size).toBe(Object.keys(objects[place] ?? {}).length)
    }),
  )
})
