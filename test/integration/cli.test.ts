// The command as it is run: child processes, their output and exit codes, on a data directory of their own.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { adminRoutes } from '../../src/http/admin/admin-routes.ts'
import { errorHandler } from '../../src/http/plugins/error-handler.ts'
import { createEmbeddedStore } from '../../src/ledger/embedded/embedded-store.ts'
import type { Store } from '../../src/ledger/store.ts'
import { testAdmin } from '../support/admin.ts'
import { farthing } from '../support/farthing.ts'
import { NO_OPERATIONS } from '../support/no-operations.ts'
import { ROUTE_LIST, refusedAttempt, sampleAttempt, sampleRequest } from '../unit/admin/sample-requests.ts'

const ADMIN_KEY = 'an-admin-key-for-tests'
const startedAtMs = Date.now() - 3_600_000

/** What the gateway did not expect: nothing. */
const internalErrors: unknown[] = []

let dataDir: string
let store: Store
let gateway: FastifyInstance
/** Run on the store itself, and over the admin API of a gateway that has the same one. */
const settings: Record<'local' | 'remote', Record<string, string>> = { local: {}, remote: {} }

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'farthing-cli-'))
  store = createEmbeddedStore({ directory: dataDir })
  await store.putRoutes(ROUTE_LIST.version, ROUTE_LIST.ids)
  await store.settle(sampleRequest('req_1', { startedAtMs }))
  await store.settle(
    sampleRequest('req_2', {
      startedAtMs,
      attempts: [refusedAttempt('req_2.1'), sampleAttempt('req_2.2', { startedAtMs })],
    }),
  )
  gateway = Fastify()
  await gateway.register(errorHandler, {
    onInternalError: (_, error) => void internalErrors.push(error),
  })
  await gateway.register(adminRoutes, {
    adminKey: ADMIN_KEY,
    ...testAdmin({ store, clock: systemClock, routeList: () => ROUTE_LIST }),
    ...NO_OPERATIONS,
    clock: systemClock,
    providerStatus: () => [],
  })
  const url = await gateway.listen({ host: '127.0.0.1', port: 0 })
  settings.local = { FARTHING_DATA_DIR: dataDir }
  settings.remote = { FARTHING_URL: url, FARTHING_ADMIN_KEY: ADMIN_KEY }
})

afterAll(async () => {
  await gateway.close()
  await store.close()
  rmSync(dataDir, { recursive: true })
})

describe.each(['local', 'remote'] as const)('on the %s store', (where) => {
  const run = (...args: readonly string[]) => farthing(args, settings[where])

  it('keys are rotated, the audit log tells of it, and the books are reconciled', async () => {
    const created = await run('keys', 'create', '--name', `rotates-${where}`, '--json')
    const { id, key } = JSON.parse(created.stdout)
    const rotated = await run('keys', 'rotate', id, '--overlap', '60')
    expect(rotated).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('is taken until') })
    expect(rotated.stdout).toMatch(/^fth_[0-9A-Za-z]{40}\n$/)
    expect(rotated.stdout.trim()).not.toBe(key)
    const audit = await run('audit', '--target', id, '--json')
    expect(JSON.parse(audit.stdout).data).toMatchObject([{ action: 'key.rotate' }, { action: 'key.create' }])
    expect((await run('audit', '--limit', '1')).stdout).toContain('key.rotate')
    const books = await run('reconcile')
    expect(books.stderr).toContain('all agree')
    expect(books).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('all providers') })
    const wrong = await run('reconcile', '--from', '2026-11-02', '--to', '2026-11-01')
    expect(wrong).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('"from" must be before "to"'),
    })
  })

  it('budgets are set, shown, listed and reset', async () => {
    const name = `team-${where}`
    const set = await run('budgets', 'set', 'team', name, '--budget', '12.5/week', '--limit', 'tpm=1000')
    expect([set.exitCode, set.stderr]).toEqual([0, ''])
    expect(set.stdout).toMatch(/^SCOPE +NAME +PERIOD +LIMIT USD +SPENT +HELD +FREE +RESETS\n-+/)
    expect(set.stdout).toMatch(/team-\w+ +week +12\.500000 +0\.000000 +0\.000000 +12\.500000 +\d{4}-/)
    const shown = JSON.parse((await run('budgets', 'show', 'team', name, '--json')).stdout)
    expect(shown).toMatchObject({
      source: 'admin',
      budgets: [{ limit_usd: 12.5, hard: true }],
      limits: { tpm: 1000 },
    })
    expect((await run('budgets', 'list')).stdout).toContain(name)
    expect((await run('budgets', 'reset', 'team', name)).stdout).toContain(name)
    const wrong = await run('budgets', 'set', 'team', name, '--budget', '5/fortnight')
    expect([wrong.exitCode, wrong.stderr]).toEqual([
      1,
      expect.stringContaining('must be one of day, week, month, total'),
    ])
    expect((await run('budgets', 'set', 'team', name)).exitCode).toBe(2)
    expect((await run('budgets', 'show', 'galaxy', name)).stderr).toContain('org, team, project, key')
  })

  it('a key lives from its creation to its revocation', async () => {
    const name = `dev ${where}`
    const created = await run(
      'keys',
      'create',
      '--name',
      name,
      '--team',
      'search',
      '--tag',
      'a=1',
      '--tag',
      'b=2',
      '--deny',
      'openai/*',
      '--budget',
      '2.5/day',
      '--budget',
      '40/month:soft',
      '--limit',
      'rpm=60',
    )
    expect(created.exitCode).toBe(0)
    expect(created.stdout).toMatch(/^fth_[0-9A-Za-z]{40}\n$/)
    expect(created.stderr).toContain('it is not shown again')
    expect(created.stderr).not.toContain('fth_')
    const key = created.stdout.trim()

    const listed = await run('keys', 'list', '--json')
    const entry = JSON.parse(listed.stdout).data.find((one: { name: string }) => one.name === name)
    expect(entry).toMatchObject({
      hint: key.slice(-4),
      team: 'search',
      tags: { a: '1', b: '2' },
      models: { allow: null, deny: ['openai/*'] },
      budgets: [
        { limit_usd: 2.5, period: 'day', hard: true },
        { limit_usd: 40, period: 'month', hard: false },
      ],
      limits: { rpm: 60, tpm: null, concurrency: null },
      status: 'active',
    })
    const table = await run('keys', 'list')
    expect(table.stdout).toMatch(/^ID +NAME +KEY +STATUS +TEAM +PROJECT +CREATED +EXPIRES\n-+/)
    expect(table.stdout).toContain(`fth_…${key.slice(-4)}`)
    for (const { stdout } of [listed, table]) expect(stdout).not.toContain(key.slice(4))

    const updated = await run(
      'keys',
      'update',
      entry.id,
      '--clear',
      'team',
      '--clear',
      'deny',
      '--allow',
      'economy',
      '--max-tier',
      'premium',
      '--json',
    )
    expect([updated.exitCode, JSON.parse(updated.stdout)]).toEqual([
      0,
      { ...entry, team: null, models: { allow: ['economy'], deny: [] }, max_tier: 'premium' },
    ])

    const revoked = await run('keys', 'revoke', entry.id)
    expect([revoked.exitCode, revoked.stdout.split('\n')[2]]).toEqual([0, expect.stringMatching(/revoked/)])
    expect((await store.key(entry.id))?.document).toContain('"max_tier":"premium"')
  })

  it('spend is a table, JSON or CSV', async () => {
    const table = await run('spend')
    expect([table.exitCode, table.stdout.split('\n').map((line) => line.trim().split(/ {2,}/))]).toEqual([
      0,
      [
        ['PROVIDER', 'MODEL', 'REQUESTS', 'INPUT', 'OUTPUT', 'COST USD', 'BASELINE USD', 'SAVED USD'],
        expect.anything(),
        ['deepseek', 'deepseek-flash', '2', '3,000', '600', '0.006800', '0.020000', '0.013200'],
        expect.arrayContaining(['alibaba', 'qwen3.8-flash', '0.000000']),
        ['total', '2', '3,000', '600', '0.006800', '0.020000', '0.013200'],
        [''],
      ],
    ])
    expect(Math.max(...table.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
    const json = await run('spend', '--group-by', 'team', '--json')
    expect(JSON.parse(json.stdout).rows).toMatchObject([{ team: 'search', cost_usd: 0.0068 }])
    const csv = await run('spend', '--group-by', 'team', '--csv')
    expect(csv.stdout).toMatch(
      /^team,requests,.*\r\nsearch,2,3,3000,1000,600,200,0\.0068,0\.02,0\.0132,0\r\n$/,
    )
    const none = await run('spend', '--to', '2020-01-01', '--json')
    expect(JSON.parse(none.stdout).total.requests).toBe(0)
  })

  it('requests are listed, filtered, a page at a time', async () => {
    const first = await run('requests', 'list', '--limit', '1')
    expect(first.exitCode).toBe(0)
    const [, cursor = ''] = /--cursor (\S+)/.exec(first.stderr) ?? []
    const second = await run('requests', 'list', '--limit', '1', '--cursor', cursor, '--json')
    const [listed] = JSON.parse(second.stdout).data
    expect(first.stdout).not.toContain(listed.id)
    const all = await run('requests', 'list', '--team', 'search', '--cost-over', '0.003', '--json')
    const ids = JSON.parse(all.stdout).data.map(({ id }: { id: string }) => id)
    expect(ids).toContain('req_2')
    const none = await run('requests', 'list', '--cost-over', '0.0034')
    expect([none.exitCode, none.stdout.includes('req_2')]).toEqual([0, false])
  })

  it('a request is shown with its attempts and the decision', async () => {
    const { exitCode, stdout } = await run('requests', 'show', 'req_2')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^request +req_2$/m)
    expect(stdout).toMatch(
      /^alibaba\/qwen3.8-flash +overloaded +0 +0 +0 +0\.000000000 +- +overloaded, try later$/m,
    )
    expect(stdout).toMatch(
      /^deepseek\/deepseek-flash@high +success +1,500 +500 +300 +0\.003400000 +provider +-$/m,
    )
    expect(stdout).toMatch(/^deepseek\/deepseek-flash@high +0\.003000000 +0\.009000000 +chosen +cheapest$/m)
    const json = await run('requests', 'show', 'req_2', '--json')
    expect(JSON.parse(json.stdout)).toMatchObject({
      id: 'req_2',
      attempts: [{ id: 'req_2.1' }, { id: 'req_2.2' }],
    })
  })

  it.each([
    [['requests', 'show', 'req_nothing'], 'There is no request "req_nothing" in the ledger'],
    [['keys', 'revoke', 'key_nobody'], 'There is no key "key_nobody"'],
    [['keys', 'create', '--name', 'x', '--min-tier', 'cheap'], '"min_tier" must be one of economy'],
    [['spend', '--from', 'lately'], '"from" is not a moment'],
    [['requests', 'list', '--outcome', 'fine'], '"outcome" must be one of success'],
  ])('%j fails with 1 and says why on stderr', async (args, message) => {
    const text = await run(...args)
    expect([text.exitCode, text.stdout]).toEqual([1, ''])
    expect(text.stderr).toContain(`farthing: ${message}`)
    const json = await run(...args, '--json')
    expect([json.exitCode, json.stdout]).toEqual([1, ''])
    expect(JSON.parse(json.stderr).error.message).toContain(message)
  })
})

describe('what was typed wrongly', () => {
  it.each([
    [[], 'Usage:'],
    [['explode'], 'there is no "explode"'],
    [['keys'], 'farthing keys create'],
    [['keys', 'delete', 'key_x'], 'there is no "keys delete"'],
    [['keys', 'create'], '--name is missing'],
    [['keys', 'create', '--name', 'x', '--color', 'red'], "Unknown option '--color'"],
    [['keys', 'create', '--name', 'x', '--tag', 'feature'], '--tag must look like NAME=VALUE'],
    [['keys', 'update', 'key_x'], 'nothing to change was given'],
    [['keys', 'update', 'key_x', '--clear', 'name'], '--clear takes one of team'],
    [['keys', 'revoke'], 'ID is missing'],
    [['requests', 'show', 'a', 'b'], 'what is "b"?'],
    [['spend', '--json', '--csv'], '--csv and --json exclude each other'],
  ])('%j exits with 2 and shows the usage', async (args, message) => {
    const { exitCode, stdout, stderr } = await farthing(args, settings.local)
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(stderr).toMatch(/^ {2}farthing /m)
  })
})

const VERBS = [
  'serve',
  'keys create',
  'keys list',
  'keys update',
  'keys rotate',
  'keys revoke',
  'budgets list',
  'budgets show',
  'budgets set',
  'budgets reset',
  'spend',
  'reconcile',
  'audit',
  'requests list',
  'requests show',
  'requests forget',
  'explain',
  'catalog check',
  'replay',
  'completion',
]

describe('--help', () => {
  it.each(VERBS)('of %s is on stdout, within 120 columns', async (verb) => {
    const { exitCode, stdout, stderr } = await farthing([...verb.split(' '), '--help'], settings.local)
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`farthing ${verb}`)
    expect(stdout).toMatch(/\nSuch as:\n {2}\S?.*farthing /)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
  })

  it('of the command lists what there is', async () => {
    const { exitCode, stdout } = await farthing(['--help'], settings.local)
    expect(exitCode).toBe(0)
    expect([...stdout.matchAll(/^ {2}farthing ([a-z]+(?: [a-z]+)?) {2}/gm)].map((match) => match[1])).toEqual(
      VERBS,
    )
  })
})

const list = (env: Record<string, string>) => farthing(['keys', 'list'], env)

describe('a gateway that cannot be used', () => {
  it('is not there', async () => {
    const { exitCode, stderr } = await list({
      FARTHING_URL: 'http://127.0.0.1:1',
      FARTHING_ADMIN_KEY: ADMIN_KEY,
    })
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining('farthing: http://127.0.0.1:1 cannot be reached'),
    ])
  })

  it('refuses the admin key', async () => {
    const { exitCode, stderr } = await list({ ...settings.remote, FARTHING_ADMIN_KEY: 'the-wrong-admin-key' })
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('Incorrect admin key provided')])
    expect(stderr).not.toContain('the-wrong-admin-key')
  })

  it('is named without an admin key, or not by an address', async () => {
    expect((await list({ FARTHING_URL: 'http://127.0.0.1:8080' })).stderr).toContain(
      'FARTHING_ADMIN_KEY must be set too',
    )
    expect((await list({ FARTHING_URL: 'gateway', FARTHING_ADMIN_KEY: ADMIN_KEY })).exitCode).toBe(2)
  })

  it('is something else', async () => {
    const other = Fastify()
    other.get('/admin/keys', async () => 'hello')
    const url = await other.listen({ host: '127.0.0.1', port: 0 })
    const { exitCode, stderr } = await list({
      FARTHING_URL: url,
      FARTHING_ADMIN_KEY: ADMIN_KEY,
    })
    await other.close()
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('is FARTHING_URL right?')])
  })
})

it('a wrong configuration exits with 78, one line for each problem', async () => {
  const file = join(dataDir, 'wrong.yaml')
  writeFileSync(file, 'server: { prot: 8080 }\n')
  const { exitCode, stderr } = await farthing(['keys', 'list'], { ...settings.local, FARTHING_CONFIG: file })
  expect(exitCode).toBe(78)
  expect(stderr).toMatch(/server\.prot/)
})

it('nothing of all this was an internal error', () => {
  expect(internalErrors).toEqual([])
})
