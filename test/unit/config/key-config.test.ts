import { describe, expect, it } from 'vitest'
import { createApiKey, hashApiKey } from '../../../src/access/api-key.ts'
import { declaredKeyId } from '../../../src/access/declared-keys.ts'
import type { Config } from '../../../src/config/config.ts'
import { ConfigError } from '../../../src/config/config-error.ts'
import { loadConfig } from '../../../src/config/load-config.ts'

const HASH = 'ab'.repeat(32)
const OTHER = 'cd'.repeat(32)
const KEY = createApiKey((size) => new Uint8Array(size).fill(7))

function load(text: string): Config {
  return loadConfig({
    file: 'config/gateway.yaml',
    env: { SEARCH_KEY: KEY, WEAK_KEY: 'fth_short', FOREIGN_KEY: `sk-${'x'.repeat(40)}` },
    readFile: () => text,
  })
}

function problemsOf(text: string): readonly string[] {
  try {
    load(text)
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map(({ path, problem, wanted }) => `${path}: ${problem}; wanted: ${wanted}`)
    throw error
  }
  return []
}

describe('a declared key', () => {
  it('has what is said of it, and else what a new key has', () => {
    const { keys } = load(`
# two of them
keys:
  - name: search, production
    key_sha256: ${HASH.toUpperCase()}
    team: search
    tags: { feature: faq }
    request_tags: { user: null, app: [web] }
    models: { deny: ['openai/*'] }
    jurisdictions: [EU, us]
    min_tier: standard
    budgets: [{ limit_usd: 10.5, period: day }]
    limits: { rpm: 60 }
    expires_at: 2020-01-31
    previous_key_sha256: ${OTHER}
    previous_key_until: 2026-12-01
  - { name: batch, key_env: SEARCH_KEY }
`)
    expect(keys).toHaveLength(2)
    expect(keys[0]).toEqual({
      hash: HASH,
      previousHash: OTHER,
      place: 'config/gateway.yaml:4',
      record: {
        id: declaredKeyId('search, production'),
        name: 'search, production',
        team: 'search',
        project: null,
        tags: { feature: 'faq' },
        request_tags: { user: null, app: ['web'] },
        models: { allow: null, deny: ['openai/*'] },
        jurisdictions: ['eu', 'us'],
        min_tier: 'standard',
        max_tier: null,
        baseline: null,
        on_content_filter: 'stop',
        budgets: [{ limit_usd: 10.5, period: 'day', hard: true, time_zone: 'UTC', alert_at: [0.8, 1] }],
        limits: { rpm: 60, tpm: null, concurrency: null },
        when_store_away: null,
        // It ended long ago, and the gateway starts all the same.
        expires_at: '2020-01-31T00:00:00.000Z',
        previous_key_until: '2026-12-01T00:00:00.000Z',
        revoked_at: null,
      },
    })
    expect(keys[1]).toMatchObject({ hash: hashApiKey(KEY), previousHash: null })
    expect(keys[1]?.place).toBe('config/gateway.yaml:17')
  })

  it('has the same id in every process, and another one under another name', () => {
    expect(declaredKeyId('search')).toMatch(/^key_[0-9a-f]{24}$/)
    expect(declaredKeyId('search')).toBe(declaredKeyId('search'))
    expect(declaredKeyId('search')).not.toBe(declaredKeyId('Search'))
  })

  it('may speak of a server that the file describes', () => {
    const lab = 'kind: openai-compatible, base_url: "http://127.0.0.1:1/v1", jurisdiction: de'
    const text = `keys: [{ name: a, key_sha256: ${HASH}, models: { allow: [lab/*] } }]`
    expect(problemsOf(text)).toEqual([
      'keys[0].models.allow[0] (line 1): names a provider that does not exist; there are deepseek, alibaba, moonshot, openai, anthropic; wanted: what POST /admin/keys takes',
    ])
    const models = 'models: { m: { tier: economy, context: 8192, prices: { input: 0, output: 0 } } }'
    expect(problemsOf(`${text}\nproviders: { lab: { ${lab}, ${models} } }`)).toEqual([])
  })
})

describe('what is wrong with one is told with its place', () => {
  const ok = `name: a, key_sha256: ${HASH}`
  it.each([
    [
      '{ key_sha256: x }',
      [
        'keys[0].name (line 2): is missing; wanted: a text of 1 to 100 characters',
        'keys[0].key_sha256 (line 2): has 1 characters, or others; wanted: 64 hexadecimal digits, as printf %s "$KEY" | sha256sum prints them',
      ],
    ],
    ['text', ['keys[0] (line 2): is "text"; wanted: a mapping with a name, and with key_sha256 or key_env']],
    ['{ name: a }', ['keys[0] (line 2): has no key; wanted: key_sha256, or key_env']],
    [`{ name: a, key: ${KEY} }`, ['keys[0].key (line 2): is not a known key; wanted: key_sha256']],
    [
      `{ name: a, key_sha256: ${KEY} }`,
      [
        `keys[0].key_sha256 (line 2): has ${KEY.length} characters, or others; wanted: 64 hexadecimal digits, as printf %s "$KEY" | sha256sum prints them`,
      ],
    ],
    [
      `{ name: a, key_env: ${KEY} }`,
      [
        `keys[0].key_env (line 2): has ${KEY.length} characters, or others; wanted: the name of an environment variable: A-Z, 0-9 and _`,
      ],
    ],
    [
      '{ name: a, key_env: ABSENT }',
      [
        'keys[0].key_env (line 2): names ABSENT, which is not set; wanted: the name of a variable that holds a key: fth_ and 32 to 196 characters that nobody can guess',
      ],
    ],
    [
      '{ name: a, key_env: WEAK_KEY }',
      [
        'keys[0].key_env (line 2): names WEAK_KEY, which holds no key; wanted: the name of a variable that holds a key: fth_ and 32 to 196 characters that nobody can guess',
      ],
    ],
    [
      '{ name: a, key_env: FOREIGN_KEY }',
      [
        'keys[0].key_env (line 2): names FOREIGN_KEY, which holds no key; wanted: the name of a variable that holds a key: fth_ and 32 to 196 characters that nobody can guess',
      ],
    ],
    [
      `{ ${ok}, key_env: SEARCH_KEY }`,
      ['keys[0].key_env (line 2): stands beside key_sha256; wanted: one of the two'],
    ],
    [
      `{ ${ok}, previous_key_sha256: ${OTHER} }`,
      [
        'keys[0].previous_key_until (line 2): is missing; wanted: until when the key before this one is taken still',
      ],
    ],
    [
      `{ ${ok}, previous_key_until: 2027-01-01 }`,
      [
        'keys[0].previous_key_until (line 2): stands alone; wanted: previous_key_sha256 or previous_key_env beside it',
      ],
    ],
    [
      `{ ${ok}, previous_key_sha256: ${HASH}, previous_key_until: 2027-01-01 }`,
      ['keys[0].previous_key_sha256 (line 2): is that of the same key, too; wanted: a key of its own'],
    ],
    [
      `{ ${ok}, expires_at: soon }`,
      [
        'keys[0].expires_at (line 2): is not a moment; wanted: 2026-11-24 (midnight UTC), 2026-11-24T09:30:00Z, or seconds since 1970',
      ],
    ],
    [
      `{ ${ok}, team: two words, min_teir: premium }`,
      [
        'keys[0].team (line 2): is "two words"; wanted: 1 to 64 letters, digits, ".", "_" or "-"',
        'keys[0].min_teir (line 2): is not a known key; wanted: min_tier',
      ],
    ],
    [
      `{ ${ok}, min_tier: premium, max_tier: economy }`,
      [
        'keys[0].max_tier (line 2): is below min_tier (premium); the tiers are, lowest first, economy, standard, premium, frontier; wanted: what POST /admin/keys takes',
      ],
    ],
    [
      `{ ${ok}, budgets: [{ limit_usd: -1, period: day }] }`,
      [
        'keys[0].budgets[0].limit_usd (line 2): is -1; wanted: a number of US dollars from 0 to 4000000, with at most twelve decimals',
      ],
    ],
    [`{ ${ok}, limits: { rps: 1 } }`, ['keys[0].limits.rps (line 2): is not a known key; wanted: rpm']],
    [
      `{ name: "a\\nb", key_sha256: ${HASH} }`,
      ['keys[0].name (line 2): must not contain control characters; wanted: what POST /admin/keys takes'],
    ],
  ])('%s', (text, problems) => {
    const found = problemsOf(`keys:\n  - ${text}\n`)
    expect(found.toSorted()).toEqual(problems.toSorted())
    expect(found.join('\n')).not.toContain(KEY)
  })

  it('a name and a hash stand once', () => {
    expect(
      problemsOf(`keys:
  - { name: a, key_sha256: ${HASH} }
  - { name: a, key_sha256: ${OTHER} }
  - { name: b, key_sha256: ${'ef'.repeat(32)}, previous_key_sha256: ${HASH}, previous_key_until: 2027-01-01 }
`),
    ).toEqual([
      'keys[1].name (line 3): is that of keys[0], too; wanted: a name of its own: spend and budgets are counted by it',
      'keys[2].previous_key_sha256 (line 4): is that of keys[0], too; wanted: a key of its own',
    ])
  })

  it('so is a list that is none', () => {
    expect(problemsOf('keys: { a: 1 }')).toEqual(['keys: is a mapping; wanted: a list of at most 10000 keys'])
  })
})
