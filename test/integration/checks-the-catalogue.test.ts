// `farthing catalog check`: the catalogue against its own dates, a price listing and what providers say that they serve.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkCatalog, type Finding } from '../../src/admin/catalog-check/check-catalog.ts'
import { parsePriceListing } from '../../src/admin/catalog-check/price-listing.ts'
import { readPriceListing } from '../../src/cli/fetch-price-listing.ts'
import { loadCatalogFile } from '../../src/config/load-catalog-file.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { farthing } from '../support/farthing.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

const LISTING = join(import.meta.dirname, '../fixtures/price-listing')
const catalog = loadCatalogFile(loadConfig({ file: 'config/gateway.yaml', env: {} }))
/** The day after the catalogue was checked. */
const NOW_MS = Date.parse(catalog.checked) + 86_400_000

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

type Costs = Record<string, number>

/** The fixture with the cost of one model changed, and made on another day. */
function changedListing(
  file: string,
  id: string,
  change: (cost: Costs) => void,
  generatedAt?: string,
): string {
  const folder = mkdtempSync(join(tmpdir(), 'farthing-listing-'))
  folders.push(folder)
  cpSync(LISTING, folder, { recursive: true })
  const path = join(folder, `${file}.json`)
  const content: Record<string, Record<string, { id: string; cost: Costs }>> = JSON.parse(
    readFileSync(path, 'utf8'),
  )
  const found = Object.values(content)
    .flatMap((models) => Object.entries(models))
    .filter(([key, model]) => key.startsWith('chat:') && model.id === id)
  if (found.length !== 1) throw new Error(`${file}.json has ${found.length} of ${id}`)
  for (const [, model] of found) change(model.cost)
  writeFileSync(path, JSON.stringify(content))
  if (generatedAt !== undefined)
    writeFileSync(join(folder, '.manifest.json'), JSON.stringify({ generatedAt }))
  return folder
}

function dearer(cost: Costs): void {
  cost['output'] = 7
}

async function findingsOf(folder: string, model: string): Promise<readonly Pick<Finding, 'kind' | 'text'>[]> {
  const listing = await readPriceListing(folder)
  return checkCatalog({ catalog, nowMs: NOW_MS, listing, served: new Map() })
    .filter((finding) => `${finding.provider}/${finding.model}` === model && finding.kind !== 'old')
    .map(({ kind, text }) => ({ kind, text }))
}

describe('prices', () => {
  it.each([
    'openai/gpt-6-luna',
    'openai/gpt-5.4-nano',
    'anthropic/claude-haiku-5-5',
    'alibaba/qwen3.8-flash',
  ])('of %s are as listed', async (model) => {
    expect(await findingsOf(LISTING, model)).toEqual([])
  })

  it('are right at either of two, where a window of hours has its own', async () => {
    expect(await findingsOf(LISTING, 'deepseek/deepseek-flash')).toEqual([])
    const base = changedListing('deepseek', 'deepseek-flash', (cost) => {
      for (const name of Object.keys(cost)) cost[name] = (cost[name] ?? 0) / 2
    })
    expect(await findingsOf(base, 'deepseek/deepseek-flash')).toEqual([])
  })

  it('that are listed otherwise since they were looked up are stale, and others differ', async () => {
    const later = changedListing('openai', 'gpt-6-luna', dearer, '2027-01-02T00:00:00.000Z')
    const [stale] = await findingsOf(later, 'openai/gpt-6-luna')
    expect(stale?.kind).toBe('stale')
    expect(stale?.text).toMatch(/^output 0\.5, listed 7 \(openai, 2027-01-02; looked up on 2026-\d\d-\d\d\)$/)
    const earlier = changedListing('openai', 'gpt-6-luna', dearer, '2026-01-02T00:00:00.000Z')
    expect((await findingsOf(earlier, 'openai/gpt-6-luna')).map(({ kind }) => kind)).toEqual(['differs'])
  })

  it('that others ask less for are noted, except of subscriptions', async () => {
    expect(await findingsOf(LISTING, 'moonshot/kimi-k2.6')).toEqual([
      {
        kind: 'cheaper_elsewhere',
        text: expect.stringMatching(/^openrouter lists it for 0\.65 and 3\.41, \d+ % less/),
      },
    ])
    const copilot = changedListing('github-copilot', 'gpt-6-luna', (cost) => {
      cost['input'] = 0.001
      cost['output'] = 0.001
    })
    expect(await findingsOf(copilot, 'openai/gpt-6-luna')).toEqual([])
  })

  it('of a model that its vendor is not listed with are noted', async () => {
    expect((await findingsOf(LISTING, 'openai/gpt-6-sol')).map(({ kind }) => kind)).toEqual(['unlisted'])
  })

  it.each([
    ['no manifest', new Map([['openai.json', '{}']]), /does not say when it was made/],
    [
      'no seller',
      new Map([['.manifest.json', '{"generatedAt":"2026-11-10T12:05:37.628Z"}']]),
      /no prices in it/,
    ],
    ['nonsense', new Map([['.manifest.json', '[]']]), /does not say when it was made/],
  ])('are not read of a folder with %s', (_, files, message) => {
    expect(() => parsePriceListing(files)).toThrow(message)
  })
})

describe("the catalogue's own dates", () => {
  it('make a price old and a model retiring', () => {
    const later = Date.parse(catalog.checked) + 45 * 86_400_000
    const findings = checkCatalog({ catalog, nowMs: later, listing: null, served: new Map() })
    const kinds = new Set(findings.map(({ kind }) => kind))
    expect(kinds).toContain('old')
    expect(kinds).toContain('retiring')
    expect(findings.every(({ level }) => level === 'problem')).toBe(true)
  })
})

describe('on the command line', () => {
  let gateway: TestGateway
  let other: FastifyInstance
  let otherUrl: string
  beforeAll(async () => {
    gateway = await startGateway()
    other = Fastify()
    other.get('/few/models', async () => ({ object: 'list', data: [{ id: 'gpt-6-luna' }, { id: 'gpt-7' }] }))
    other.get('/none/models', async (_, reply) => reply.code(401).send({ error: { message: 'no' } }))
    other.get('/odd/models', async () => 'hello')
    other.get('/away/models', async (_, reply) => reply.redirect('http://127.0.0.1:1/'))
    otherUrl = await other.listen({ host: '127.0.0.1', port: 0 })
  })
  afterAll(async () => {
    await other.close()
    await gateway.close()
  })

  interface Checked {
    readonly listing_as_of: string | null
    readonly providers_asked: readonly string[]
    readonly findings: readonly Finding[]
  }

  it('asks nobody unless told to, and exits with 3 where there is a problem', async () => {
    const run = await farthing(['catalog', 'check', '--json'], {
      ...gateway.env,
      // Nobody is there: nobody is asked.
      OPENAI_BASE_URL: 'http://127.0.0.1:1/v1',
    })
    const checked: Checked = JSON.parse(run.stdout)
    expect([checked.listing_as_of, checked.providers_asked]).toEqual([null, []])
    expect(run.exitCode).toBe(checked.findings.length === 0 ? 0 : 3)
  })

  it('prints what was found as a table', async () => {
    const folder = changedListing(
      'openai',
      'gpt-6-luna',
      (cost) => void (cost['input'] = 9),
      '2030-01-02T00:00:00.000Z',
    )
    const run = await farthing(['catalog', 'check', '--prices', folder], gateway.env)
    expect(run.exitCode).toBe(3)
    expect(run.stdout).toMatch(/^LEVEL +FINDING +MODEL +WHAT$/m)
    expect(run.stdout).toMatch(/^problem +stale +openai\/gpt-6-luna +input 0\.1, listed 9/m)
    expect(run.stdout).toMatch(/^\d+ models looked at: \d+ problems, \d+ notes$/m)
  })

  it('asks the providers that are on, each in its own way', async () => {
    const run = await farthing(['catalog', 'check', '--providers', '--json'], gateway.env)
    const checked: Checked = JSON.parse(run.stdout)
    expect(checked.providers_asked.toSorted()).toEqual([
      'alibaba',
      'anthropic',
      'deepseek',
      'moonshot',
      'openai',
    ])
    // They serve the whole catalogue.
    expect(checked.findings.filter(({ kind }) => ['retired', 'unanswered'].includes(kind))).toEqual([])
  })

  it('tells what a provider serves no more, and what is new there', async () => {
    const env = { ...gateway.env, OPENAI_BASE_URL: `${otherUrl}/few` }
    const run = await farthing(['catalog', 'check', '--providers'], env)
    expect(run.exitCode).toBe(3)
    expect(run.stdout).toMatch(/^problem +retired +openai\/gpt-5\.4-nano +its provider does not list it/m)
    expect(run.stdout).not.toMatch(/retired +openai\/gpt-6-luna /)
    expect(run.stderr).toMatch(/^openai serves 1 that are not in the catalogue: gpt-7$/m)
  })

  it.each([
    ['none', /answered 401 to GET \/none\/models/],
    ['odd', /did not list any model/],
    ['away', /cannot be reached/],
  ])('tells of one that cannot be asked: %s', async (path, message) => {
    const env = { ...gateway.env, OPENAI_BASE_URL: `${otherUrl}/${path}` }
    const run = await farthing(['catalog', 'check', '--providers', '--json'], env)
    const checked: Checked = JSON.parse(run.stdout)
    expect(checked.findings.find(({ kind }) => kind === 'unanswered')?.text).toMatch(message)
    expect(run.exitCode).toBe(3)
    expect(run.stdout + run.stderr).not.toContain(gateway.env['OPENAI_API_KEY'])
  })

  it.each([
    [['catalog', 'check', '--fetch', '--prices', 'x'], 2, 'exclude each other'],
    [['catalog', 'check', '--prices', 'gone'], 1, 'ENOENT'],
    [['catalog'], 2, 'there is no "catalog"'],
  ])('%j exits with %i', async (args, code, message) => {
    const { exitCode, stderr } = await farthing(args, gateway.env)
    expect([exitCode, stderr]).toEqual([code, expect.stringContaining(message)])
  })
})
