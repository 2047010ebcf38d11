import { describe, expect, it } from 'vitest'
import { fitSchema, type SchemaSubset } from '../../../src/core/schema-subset.ts'

const ANY = ['string', 'number', 'boolean', 'object', 'array', 'null'].map((type) => ({ type }))
const object = (properties: object, others: object = {}) => ({ type: 'object', properties, ...others })
const closed = (properties: object, others: object = {}) =>
  object(properties, { ...others, additionalProperties: false })

type Row = readonly [about: string, subset: SchemaSubset, asked: unknown, schema: unknown, isExact: boolean]

const ROWS: readonly Row[] = [
  [
    'what is only told goes',
    'moonshot',
    { $schema: 'x', title: 'T', ...object({ a: { type: 'string', format: 'date', description: 'd' } }) },
    object({ a: { type: 'string', description: 'd' } }),
    true,
  ],
  ['a bound cannot be told', 'moonshot', { type: 'integer', minimum: 3 }, { type: 'integer' }, false],
  [
    'a type beside anyOf goes into it',
    'moonshot',
    object(
      { q: { type: 'string' } },
      { anyOf: [{ required: ['q'] }, { properties: { r: { type: 'number' } } }] },
    ),
    {
      anyOf: [
        object({ q: { type: 'string' } }, { required: ['q'] }),
        object({ q: { type: 'string' }, r: { type: 'number' } }),
      ],
    },
    true,
  ],
  [
    'a list of types is alternatives',
    'moonshot',
    { type: ['string', 'null'], description: 'd' },
    { description: 'd', anyOf: [{ type: 'string' }, { type: 'null' }] },
    true,
  ],
  [
    'a member without a type is of any',
    'moonshot',
    object({ a: { description: 'd' } }),
    object({ a: { description: 'd', anyOf: ANY } }),
    true,
  ],
  [
    'a type is seen by what it has',
    'moonshot',
    { properties: { a: { items: { type: 'string' } } } },
    object({ a: { type: 'array', items: { type: 'string' } } }),
    true,
  ],
  ['a constant is a list of one', 'moonshot', { const: 'a' }, { type: 'string', enum: ['a'] }, true],
  [
    'mixed values are alternatives',
    'moonshot',
    { enum: ['a', 1, null] },
    { anyOf: [{ type: 'string', enum: ['a'] }, { type: 'number', enum: [1] }, { type: 'null' }] },
    true,
  ],
  ['one boolean alone cannot be told', 'moonshot', { const: true }, { type: 'boolean' }, false],
  [
    'a reference stands alone',
    'moonshot',
    object({ a: { $ref: '#/definitions/n', description: 'd' } }, { definitions: { n: { type: 'string' } } }),
    { ...object({ a: { $ref: '#/$defs/n' } }), $defs: { n: { type: 'string' } } },
    true,
  ],
  [
    'a loop is taken',
    'moonshot',
    { $ref: '#/$defs/n', $defs: { n: object({ next: { $ref: '#/$defs/n' } }) } },
    { $ref: '#/$defs/n', $defs: { n: object({ next: { $ref: '#/$defs/n' } }) } },
    true,
  ],
  ['a reference elsewhere is not', 'moonshot', { $ref: 'https://example.com/a.json' }, { anyOf: ANY }, false],
  [
    'alternatives that a member tells apart',
    'moonshot',
    { oneOf: ['a', 'b'].map((kind) => object({ kind: { const: kind } })) },
    { anyOf: ['a', 'b'].map((kind) => object({ kind: { type: 'string', enum: [kind] } })) },
    true,
  ],
  [
    'alternatives that are not apart',
    'moonshot',
    { oneOf: [object({}), object({})] },
    { anyOf: [object({}), object({})] },
    false,
  ],
  [
    'parts that are all to fit',
    'moonshot',
    { allOf: [object({ a: { type: 'string' } }), object({ b: { type: 'string' } }, { required: ['b'] })] },
    object({ a: { type: 'string' }, b: { type: 'string' } }, { required: ['b'] }),
    true,
  ],
  ['nothing', 'moonshot', undefined, { anyOf: ANY }, true],
  [
    'an object is closed',
    'claude',
    object({ a: object({ b: { type: 'string' } }) }),
    closed({ a: closed({ b: { type: 'string' } }) }),
    true,
  ],
  [
    'a map cannot be told',
    'claude',
    { type: 'object', additionalProperties: { type: 'string' } },
    closed({}),
    false,
  ],
  [
    'types, constants and formats stay',
    'claude',
    closed({
      a: { type: ['string', 'null'], format: 'date' },
      b: { const: 'x' },
      c: { type: 'string', format: 'postcode' },
    }),
    closed({ a: { type: ['string', 'null'], format: 'date' }, b: { const: 'x' }, c: { type: 'string' } }),
    true,
  ],
  [
    'at least one stays, at least two does not',
    'claude',
    closed({ a: { type: 'array', items: { type: 'string' }, minItems: 1 } }),
    closed({ a: { type: 'array', items: { type: 'string' }, minItems: 1 } }),
    true,
  ],
  [
    'two are not told',
    'claude',
    { type: 'array', items: { type: 'string' }, minItems: 2 },
    { type: 'array', items: { type: 'string' } },
    false,
  ],
  [
    'a loop is not taken',
    'claude',
    { $ref: '#/$defs/n', $defs: { n: closed({ next: { $ref: '#/$defs/n' } }) } },
    { $ref: '#/$defs/n', $defs: { n: closed({ next: { $ref: '#/$defs/n' } }) } },
    false,
  ],
  ['anything cannot be told', 'claude', {}, {}, false],
]

const link = (to: number): object => closed({ next: { $ref: `#/$defs/n${to}` } })

describe('a schema in a vendor’s subset', () => {
  it.each(ROWS)('%s (%s)', (_, subset, asked, schema, isExact) => {
    expect(fitSchema(asked, subset)).toEqual({ schema, isExact })
    // What fits once fits again.
    if (isExact) expect(fitSchema(schema, subset)).toEqual({ schema, isExact })
  })

  it('ends, however deep', () => {
    let deep: object = { type: 'string' }
    for (let level = 0; level < 200; level++) deep = object({ a: deep })
    expect(fitSchema(deep, 'moonshot').isExact).toBe(false)
  })

  it('follows loops that are long, and long ways without one', () => {
    const chain = (last: object): object => ({
      $ref: '#/$defs/n0',
      $defs: {
        ...Object.fromEntries(Array.from({ length: 3_000 }, (__, index) => [`n${index}`, link(index + 1)])),
        n3000: last,
      },
    })
    expect(fitSchema(chain({ type: 'string' }), 'claude').isExact).toBe(true)
    expect(fitSchema(chain(link(0)), 'claude').isExact).toBe(false)
  })

  // None of them needs a tenth of the time; each took minutes, or would never have ended, without a bound.
  it.each<[string, object]>([
    ['a small schema that unfolds', unfolding(60)],
    ['many members beside many alternatives', { ...numbered(20_000), anyOf: references(20_000) }],
    [
      'many parts of one object',
      { allOf: Array.from({ length: 20_000 }, (_, at) => object(numbered(1, at))) },
    ],
    [
      'definitions that all refer to all',
      { $ref: '#/$defs/k0', $defs: numbered(300, 0, { anyOf: references(300) }) },
    ],
    ['a megabyte of one object', object(numbered(40_000, 0, { type: 'string' }))],
  ])('gives up in time: %s', { timeout: 5_000 }, (_, asked) => {
    for (const subset of ['moonshot', 'claude'] as const) expect(fitSchema(asked, subset)).toBeDefined()
  })
})

/** Twice as much work for each level. */
function unfolding(levels: number): object {
  let schema: object = { type: 'string' }
  for (let level = 0; level < levels; level++) schema = { anyOf: [{}, {}], properties: { a: schema } }
  return schema
}

function numbered(count: number, from = 0, value: unknown = {}): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${from + index}`, value]))
}

function references(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({ $ref: `#/$defs/k${index}` }))
}
