import { describe, expect, it } from 'vitest'
import { parseKeyPatch, parseKeyToCreate } from '../../../src/admin/key-input.ts'
import { GatewayError } from '../../../src/core/errors.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')

function refusal(
  body: unknown,
  parse: (body: unknown, nowMs: number) => unknown = parseKeyToCreate,
): GatewayError {
  try {
    parse(body, NOW)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('was accepted')
}

describe('a new key', () => {
  it('needs a name only', () => {
    expect(parseKeyToCreate({ name: 'dev' }, NOW)).toEqual({ name: 'dev' })
  })

  it('takes everything that is enforced', () => {
    const body = {
      name: 'Suche – Produktion 🔎',
      team: 'search',
      project: 'web.v2',
      tags: { feature: 'faq', 'cost-centre': '4711' },
      models: {
        allow: ['economy', 'gpt-4o', 'openai/*', 'deepseek/deepseek-v4-pro'],
        deny: ['openai/gpt-6-sol'],
      },
      jurisdictions: ['US', 'EU'],
      min_tier: 'economy',
      max_tier: 'premium',
      baseline: 'openai/gpt-4o',
      on_content_filter: 'next',
      expires_at: '2027-01-31',
    }
    expect(parseKeyToCreate(body, NOW)).toEqual({
      ...body,
      jurisdictions: ['us', 'eu'],
      expires_at: '2027-01-31T00:00:00.000Z',
    })
  })

  it.each([
    [undefined, null, 'The body must be a JSON object.'],
    [null, null, 'The body must be a JSON object.'],
    [[], null, 'The body must be a JSON object.'],
    ['dev', null, 'The body must be a JSON object.'],
    [{}, 'name', '"name" must be a text of 1 to 100 characters.'],
    [{ name: '' }, 'name', '"name" must have 1 to 100 characters.'],
    [{ name: '   ' }, 'name', '"name" must not be blank.'],
    [{ name: 'a'.repeat(101) }, 'name', '"name" must have 1 to 100 characters.'],
    [{ name: 'a\u0000b' }, 'name', '"name" must not contain control characters.'],
    [{ name: 'a\nb' }, 'name', '"name" must not contain control characters.'],
    [{ name: 7 }, 'name', '"name" must be a text of 1 to 100 characters.'],
    [{ name: 'x', team: 'two words' }, 'team', '"team" must be 1 to 64 letters, digits, ".", "_" or "-".'],
    [{ name: 'x', team: '' }, 'team', '"team" must be 1 to 64 letters, digits, ".", "_" or "-".'],
    [
      { name: 'x', project: 'p'.repeat(65) },
      'project',
      '"project" must be 1 to 64 letters, digits, ".", "_" or "-".',
    ],
    [
      { name: 'x', tags: ['a'] },
      'tags',
      '"tags" must be an object of names and values: {"feature": "search"}.',
    ],
    [{ name: 'x', tags: { a: 1 } }, 'tags.a', '"tags.a" must be 1 to 64 letters, digits, ".", "_" or "-".'],
    [
      { name: 'x', models: ['economy'] },
      'models',
      '"models" must be {"allow": [...] or null, "deny": [...]}.',
    ],
    [
      { name: 'x', models: { only: [] } },
      'models.only',
      '"models.only" is not known here; there are allow, deny.',
    ],
    [
      { name: 'x', models: { deny: ['opnai/*'] } },
      'models.deny.0',
      '"models.deny.0" names a provider that does not exist; there are deepseek, alibaba, moonshot, openai, anthropic.',
    ],
    [
      { name: 'x', models: { allow: ['openai/gpt-*'] } },
      'models.allow.0',
      '"models.allow.0" may have "*" only as "provider/*".',
    ],
    [
      { name: 'x', models: { allow: ['*'] } },
      'models.allow.0',
      '"models.allow.0" may have "*" only as "provider/*".',
    ],
    [
      { name: 'x', jurisdictions: [] },
      'jurisdictions',
      '"jurisdictions" must not be empty; null means anywhere.',
    ],
    [
      { name: 'x', min_tier: 'cheap' },
      'min_tier',
      '"min_tier" must be one of economy, standard, premium, frontier, or null.',
    ],
    [{ name: 'x', baseline: 'gpt-4o' }, 'baseline', '"baseline" must be "provider/model".'],
    [
      { name: 'x', on_content_filter: 'ignore' },
      'on_content_filter',
      '"on_content_filter" must be "stop" (the client hears of it) or "next" (another provider is asked).',
    ],
    [
      { name: 'x', expires_at: '2026-11-24T11:59:59Z' },
      'expires_at',
      '"expires_at" is in the past; to end a key now, revoke it.',
    ],
    [
      { name: 'x', expires_at: 'soon' },
      'expires_at',
      '"expires_at" is not a moment; write 2026-11-24 (midnight UTC), 2026-11-24T09:30:00Z, or seconds since 1970.',
    ],
    [
      { name: 'x', expires_at: 1.5 },
      'expires_at',
      '"expires_at" must be a moment such as "2027-01-31T00:00:00Z".',
    ],
  ])('%j is refused at %s', (body, param, message) => {
    const error = refusal(body)
    expect([error.status, error.param, error.message]).toEqual([400, param, message])
  })

  it('names the known fields when one is unknown', () => {
    const error = refusal({ name: 'x', budget: 5 })
    expect(error.param).toBe('budget')
    expect(error.message).toBe(
      '"budget" is not known here; there are name, team, project, tags, request_tags, models, jurisdictions, min_tier, max_tier, baseline, on_content_filter, expires_at, budgets, limits, when_store_away.',
    )
  })

  it.each([
    [
      [{ limit_usd: -0.5, period: 'day' }],
      'budgets.0.limit_usd',
      /from 0 to 4000000, with at most twelve decimals/,
    ],
    [[{ limit_usd: 1e30, period: 'day' }], 'budgets.0.limit_usd', /from 0 to 4000000/],
    [[{ limit_usd: 0.1234567890123, period: 'day' }], 'budgets.0.limit_usd', /at most twelve decimals/],
    [[{ limit_usd: '5', period: 'day' }], 'budgets.0.limit_usd', /must be a number/],
    [[{ limit_usd: 5 }], 'budgets.0.period', /must be one of day, week, month, total/],
    [[{ limit_usd: 5, period: 'year' }], 'budgets.0.period', /must be one of/],
    [[{ limit_usd: 5, period: 'day', time_zone: 'Mars' }], 'budgets.0.time_zone', /Europe\/Berlin/],
    [[{ limit_usd: 5, period: 'day', hard: 'yes' }], 'budgets.0.hard', /true \(refuse\)/],
    [[{ limit_usd: 5, period: 'day', alert_at: [0] }], 'budgets.0.alert_at.0', /above 0/],
    [[{ limit_usd: 5, period: 'day', cap: 1 }], 'budgets.0.cap', /there are limit_usd, period, hard/],
    [
      [
        { limit_usd: 5, period: 'day' },
        { limit_usd: 6, period: 'day' },
      ],
      'budgets',
      /at most one budget for each period/,
    ],
    [null, 'budgets', /must be a list/],
  ])('refuses the budgets %j', (budgets, param, message) => {
    const error = refusal({ name: 'x', budgets })
    expect(error.param).toBe(param)
    expect(error.message).toMatch(message)
  })

  it.each([
    [{ rpm: 0 }, 'limits.rpm'],
    [{ tpm: 1.5 }, 'limits.tpm'],
    [{ concurrency: -1 }, 'limits.concurrency'],
    [{ rpm: 1e10 }, 'limits.rpm'],
    [{ rps: 1 }, 'limits.rps'],
    [5, 'limits'],
  ])('refuses the limits %j', (limits, param) => {
    expect(refusal({ name: 'x', limits }).param).toBe(param)
  })

  it('takes budgets and limits with what is not said filled in', () => {
    const body = { name: 'x', budgets: [{ limit_usd: 5, period: 'day' }], limits: { rpm: 60 } }
    expect(parseKeyToCreate(body, NOW)).toMatchObject({
      budgets: [{ limit_usd: 5, period: 'day', hard: true, time_zone: 'UTC', alert_at: [0.8, 1] }],
      limits: { rpm: 60, tpm: null, concurrency: null },
    })
  })

  it('has at most 16 tags with usable names', () => {
    const tags = Object.fromEntries(Array.from({ length: 17 }, (_, number) => [`t${number}`, 'v']))
    expect(refusal({ name: 'x', tags }).message).toBe('"tags" must have at most 16 entries.')
    expect(refusal({ name: 'x', tags: { 'a b': 'v' } }).message).toMatch(
      /^"tags\.a b" is not a tag name|^"tags.*has a name/,
    )
    expect(refusal(JSON.parse('{"name":"x","tags":{"__proto__":"v"}}')).param).toBe('tags')
  })
})

describe('a patch', () => {
  it('keeps null where it clears a field', () => {
    expect(parseKeyPatch({ team: null, expires_at: null, models: { allow: null } }, NOW)).toEqual({
      team: null,
      expires_at: null,
      models: { allow: null },
    })
  })

  it('must change something, and nothing that is not its own', () => {
    expect(refusal({}, parseKeyPatch).message).toMatch(
      /^The body changes nothing; send at least one of name, team/,
    )
    expect(refusal({ revoked_at: null }, parseKeyPatch).param).toBe('revoked_at')
    expect(refusal({ id: 'key_x' }, parseKeyPatch).param).toBe('id')
    expect(refusal({ name: null }, parseKeyPatch).param).toBe('name')
  })
})
