// Answers against JSON schemas: what fits and what does not, and that no schema and no answer takes longer than it may.

import { afterAll, describe, expect, it } from 'vitest'
import { createSchemaChecker } from '../../../src/chat/schema-checker.ts'
import { systemClock } from '../../../src/core/clock.ts'

const checker = createSchemaChecker({ clock: systemClock })
afterAll(() => checker.close())

const PERSON = JSON.stringify({
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'https://example.com/person',
  type: 'object',
  properties: { name: { type: 'string', format: 'email' }, age: { type: 'integer', minimum: 0 } },
  required: ['name', 'age'],
  additionalProperties: false,
})
const BORN = JSON.stringify({ $id: 'https://example.com/person', type: 'object', required: ['year'] })
const LIST = JSON.stringify({
  $ref: '#/$defs/node',
  $defs: {
    node: {
      type: 'object',
      properties: {
        value: { type: 'number' },
        next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
      },
      required: ['value', 'next'],
    },
  },
})

describe('answers', () => {
  it.each<[string, string, string, readonly RegExp[]]>([
    ['one that fits', PERSON, '{"name":"Ada","age":36}', []],
    ['another of the same `$id`', BORN, '{"name":"Ada","age":36}', [/must have required property 'year'/]],
    ['a loop that ends', LIST, '{"value":1,"next":{"value":2,"next":null}}', []],
    ['a wrong type deep inside', LIST, '{"value":1,"next":{"value":"2","next":null}}', [/next/]],
    ['a missing member', PERSON, '{"name":"Ada"}', [/must have required property 'age'/]],
    [
      'several at once',
      PERSON,
      '{"name":1,"age":-1,"more":true}',
      [/more/, /\/name must be string/, /\/age must be >= 0/],
    ],
    [
      'one that asks to be checked later',
      PERSON.replace('{', '{"$async":true,'),
      '{"name":"Ada"}',
      [/'age'/],
    ],
    ['no JSON', PERSON, 'Here it is: {}', [/not JSON/]],
    ['nothing', PERSON, '', [/not JSON/]],
  ])('%s', async (_, schema, answer, expected) => {
    expect(await checker.canCheck(schema)).toBe(true)
    const problems = (await checker.problemsOf(schema, answer)).join('\n')
    if (expected.length === 0) expect(problems).toBe('')
    for (const pattern of expected) expect(problems).toMatch(pattern)
  })
})

describe('schemas that nothing can be held against', () => {
  it.each<[string, string]>([
    ['no schema', '{"type":"person"}'],
    ['a reference to nowhere', '{"$ref":"#/$defs/nowhere"}'],
    ['a reference to elsewhere', '{"$ref":"https://example.com/schema.json"}'],
    ['a list', '[1]'],
    ['a broken pattern', '{"type":"string","pattern":"("}'],
    ['a megabyte', JSON.stringify({ description: 'x'.repeat(1_048_576) })],
  ])('%s', async (_, schema) => {
    expect(await checker.canCheck(schema)).toBe(false)
  })
})

describe('schemas that would never end', () => {
  const twice = { $ref: '#/$defs/n' }
  const doubling = JSON.stringify({
    $ref: '#/$defs/n',
    $defs: {
      n: {
        anyOf: [
          { properties: { a: twice }, required: ['b'] },
          { properties: { a: twice }, required: ['c'] },
        ],
      },
    },
  })
  const nested = '{"a":'.repeat(40) + '{}' + '}'.repeat(40)

  it.each<[string, string, string]>([
    [
      'a pattern that backtracks',
      '{"type":"string","pattern":"^(a+)+$"}',
      JSON.stringify(`${'a'.repeat(50)}!`),
    ],
    ['a loop that doubles', doubling, nested],
    ['a loop of itself', '{"$ref":"#"}', '{}'],
  ])('%s', { timeout: 20_000 }, async (_, schema, answer) => {
    await checker.canCheck(schema)
    expect(await checker.problemsOf(schema, answer)).toHaveLength(1)
    // It is not tried again, and others are served.
    expect(await checker.canCheck(schema)).toBe(false)
    expect(await checker.problemsOf(PERSON, '{"name":"Ada","age":36}')).toEqual([])
  })

  it('and those that wait behind them are answered, each in its turn', { timeout: 20_000 }, async () => {
    const slow = checker.problemsOf(
      '{"type":"string","pattern":"^(b+)+$"}',
      JSON.stringify(`${'b'.repeat(50)}!`),
    )
    const others = Array.from({ length: 50 }, (_, age) =>
      checker.problemsOf(PERSON, `{"name":"Ada","age":${age - 25}}`),
    )
    const found = await Promise.all(others)
    expect(found.filter((problems) => problems.length === 0)).toHaveLength(25)
    expect(await slow).toHaveLength(1)
  })
})

it('what is asked while it closes is answered', async () => {
  const closing = createSchemaChecker({ clock: systemClock })
  const asked = closing.problemsOf(PERSON, '{}')
  await closing.close()
  expect(await asked).toHaveLength(1)
})
