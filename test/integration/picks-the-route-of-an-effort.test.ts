// `reasoning_effort` picks the route of that effort, with its tier and in the provider's own word, as the shipped catalogue
// has them: read here from the file alone.

import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type JsonObject, listOf, objectOf, textOf } from '../../src/simulator/json-value.ts'
import { askModel } from '../support/ask-model.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

const catalog = objectOf(parse(readFileSync('config/catalog.yaml', 'utf8')))
const models = listOf(catalog['models'])
  .map(objectOf)
  .filter(({ status, routes }) => status !== 'retired' && listOf(routes).length > 0)

const traitsOf = (model: JsonObject): JsonObject =>
  objectOf(objectOf(catalog['traits'])[textOf(model['traits'])])
const wordOf = (model: JsonObject, effort: unknown): string =>
  textOf(objectOf(traitsOf(model)['efforts'])[textOf(effort)])

interface Row {
  readonly pin: string
  readonly effort: string
  readonly tier: string
  readonly word: string
}

const rows: readonly Row[] = models.flatMap((model) =>
  listOf(model['routes'])
    .map(objectOf)
    .filter(({ effort }) => effort !== undefined)
    .map(({ effort, tier }) => ({
      pin: `${textOf(model['provider'])}/${textOf(model['id'])}`,
      effort: textOf(effort),
      tier: textOf(tier),
      word: wordOf(model, effort),
    })),
)

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

/** How much a provider was told to think, in its own word. */
function toldEffort(body: JsonObject): unknown {
  const type = objectOf(body['thinking'])['type']
  if (body['enable_thinking'] === false || type === 'disabled') return 'disabled'
  const effort = body['reasoning_effort'] ?? objectOf(body['output_config'])['effort']
  return effort ?? (type === 'between_tools' ? type : undefined)
}

it('has rows for every provider', () => {
  expect(rows.length).toBeGreaterThan(30)
  expect(new Set(rows.map(({ pin }) => pin.split('/')[0])).size).toBe(5)
})

describe('a pinned model', () => {
  it.each(rows)('$pin at $effort: $tier, in the word $word', async ({ pin, effort, tier, word }) => {
    const asked = await askModel(gateway, pin, { reasoning_effort: effort })
    expect([asked.status, asked.dropped]).toEqual([200, []])
    expect(asked.headers.get('x-farthing-tier')).toBe(tier)
    expect(toldEffort(asked.sent[0]?.body ?? {})).toBe(word)
    const { attempts } = await gateway.settled(asked.headers.get('x-request-id') ?? '')
    expect(attempts.map(({ route }) => route)).toEqual([`${pin}@${effort}`])
  })
})

/** Whether the route works at that effort, by the catalogue's words. */
function isAt(id: string, effort: string): boolean {
  const [pin = '', own] = id.split('@')
  const model = models.find((one) => `${textOf(one['provider'])}/${textOf(one['id'])}` === pin)
  if (model === undefined) throw new Error(`${id} is not in the catalogue`)
  const route = listOf(model['routes'])
    .map(objectOf)
    .find((one) => (one['effort'] ?? undefined) === own)
  if (effort === 'none') return route?.['reasons'] !== true
  const word = wordOf(model, effort)
  return word !== '' && word === wordOf(model, own ?? traitsOf(model)['default_effort'])
}

const TIERS = ['economy', 'standard', 'premium', 'frontier']

/** Whether any route of the tier or above works at that effort: nobody is of the best without thinking. */
function isServed(tier: string, effort: string): boolean {
  return models.some((model) =>
    listOf(model['routes'])
      .map(objectOf)
      .some(({ tier: own, effort: at }) => {
        const id = `${textOf(model['provider'])}/${textOf(model['id'])}${at === undefined ? '' : `@${textOf(at)}`}`
        return TIERS.indexOf(textOf(own)) >= TIERS.indexOf(tier) && isAt(id, effort)
      }),
  )
}

describe.each(TIERS)('the tier %s', (tier) => {
  it.each(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])('at %s', async (effort) => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: tier,
        messages: [{ role: 'user', content: 'Hello' }],
        reasoning_effort: effort,
        routing: { explain: true },
      }),
    })
    const body = objectOf(JSON.parse(await response.text()))
    if (!isServed(tier, effort)) {
      expect([response.status, objectOf(body['error'])['code']]).toEqual([400, 'no_eligible_route'])
      return
    }
    expect(response.status).toBe(200)
    const candidates = listOf(objectOf(body['farthing'])['candidates']).map(objectOf)
    const eligible = candidates
      .filter(({ verdict }) => verdict !== 'ineligible')
      .map(({ route }) => textOf(route))
    expect(eligible.length).toBeGreaterThan(0)
    expect(eligible.filter((id) => !isAt(id, effort))).toEqual([])
    const others = candidates.filter(({ reason }) => reason === 'effort').map(({ route }) => textOf(route))
    expect(others.filter((id) => isAt(id, effort))).toEqual([])
  })
})
