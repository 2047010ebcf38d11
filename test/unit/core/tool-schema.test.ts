import { describe, expect, it } from 'vitest'
import { rootedSchema } from '../../../src/core/tool-schema.ts'

const text = { type: 'string' }
const named = { type: 'object', properties: { name: text }, required: ['name'] }

describe('what a tool takes', () => {
  it.each([undefined, null, {}, [], 'x'])(
    'is an object without properties where nothing is said: %j',
    (asked) => {
      expect(rootedSchema(asked)).toEqual({ schema: { type: 'object', properties: {} }, isExact: true })
    },
  )

  it('is as it was where it is an object with properties', () => {
    const asked = { $schema: 'x', ...named, additionalProperties: false }
    expect(JSON.stringify(rootedSchema(asked))).toBe(JSON.stringify({ schema: asked, isExact: true }))
  })

  it('is told its kind and its properties where they are missing', () => {
    expect(rootedSchema({ type: 'object' }).schema).toEqual({ type: 'object', properties: {} })
    expect(rootedSchema({ properties: { a: text } }).schema).toEqual({
      type: 'object',
      properties: { a: text },
    })
  })

  it('is what its root refers to, through any number of references', () => {
    const $defs = { a: { $ref: '#/$defs/b' }, b: named }
    expect(rootedSchema({ $ref: '#/$defs/a', $defs })).toEqual({ schema: { ...named, $defs }, isExact: true })
    const loop = { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } }
    expect(rootedSchema(loop).schema).toMatchObject({ type: 'object', properties: {} })
  })

  it.each(['anyOf', 'oneOf', 'allOf'])(
    'has the properties of every branch of %s, and is then less exact',
    (fork) => {
      const $defs = { b: { type: 'object', properties: { id: text } } }
      const asked = {
        [fork]: [named, { $ref: '#/$defs/b' }, true],
        properties: { own: text },
        required: ['own'],
        $defs,
      }
      expect(rootedSchema(asked)).toEqual({
        schema: {
          type: 'object',
          properties: { name: text, id: text, own: text },
          required: ['own'],
          $defs,
        },
        isExact: false,
      })
    },
  )
})
