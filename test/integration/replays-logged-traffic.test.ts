// `farthing replay` on the log of a real gateway: nothing changes where nothing changed, prices are exact on the same routes,
// and requests move where a gateway would send them.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { ReplayReport } from '../../src/admin/replay/replay.ts'
import { farthing } from '../support/farthing.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

const ROOT = join(import.meta.dirname, '../..')

interface Sheet {
  region?: string
  brackets: Record<string, number>[]
  window?: { brackets: Record<string, number>[] }
}
interface CatalogFile {
  models: { provider: string; id: string; routes: { tier: string }[]; prices: Sheet[] }[]
}

let gateway: TestGateway
let shipped: string
/** Bodies that were sent, in their order. */
const bodies: object[] = []
let luna = { cost: 0, output: 0, input: 0, cached: 0 }

const TOOLS = [{ type: 'function', function: { name: 'look_up', parameters: { type: 'object' } } }]
const ASKED = ['auto', 'premium', 'gpt-4o', 'openai/gpt-6-luna', 'anthropic/claude-haiku-5-5', 'standard']

beforeAll(async () => {
  gateway = await startGateway({ off: ['MOONSHOT'] })
  shipped = await readFile(join(ROOT, 'config/catalog.yaml'), 'utf8')
  for (let index = 0; index < 36; index++) {
    bodies.push({
      model: ASKED[index % ASKED.length],
      messages: [
        {
          role: 'user',
          content: `Question ${index}: ${'what do you think of it? '.repeat(1 + (index % 7))}`,
        },
      ],
      ...(index % 5 === 0 ? { tools: TOOLS } : {}),
      ...(index % 4 === 0 ? { max_tokens: 300 } : {}),
    })
  }
  for (const body of bodies) {
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (answer.status !== 200) throw new Error(await answer.text())
    const settled = await gateway.settled(answer.headers.get('x-request-id') ?? '')
    if (settled.attempts.at(-1)?.route.split('@')[0] !== 'openai/gpt-6-luna') continue
    const { usage, cost_usd: cost } = settled.attempts.at(-1) ?? {
      usage: { output_tokens: 0, input_tokens: 0, cached_tokens: 0 },
      cost_usd: 0,
    }
    luna = {
      cost: luna.cost + cost,
      output: luna.output + usage.output_tokens,
      input: luna.input + usage.input_tokens,
      cached: luna.cached + usage.cached_tokens,
    }
  }
})
afterAll(() => gateway.close())

/** A catalogue in which something is otherwise. */
async function changedCatalog(name: string, change: (file: CatalogFile) => void): Promise<string> {
  const file: CatalogFile = parse(shipped)
  change(file)
  const path = join(gateway.dataDir, `${name}.yaml`)
  await writeFile(path, JSON.stringify(file))
  return path
}

function eachBracket(
  file: CatalogFile,
  model: string,
  change: (bracket: Record<string, number>) => void,
): void {
  const found = file.models.filter(({ provider, id }) => `${provider}/${id}` === model)
  expect(found.length).toBe(1)
  for (const sheet of found.flatMap(({ prices }) => prices))
    for (const bracket of [...sheet.brackets, ...(sheet.window?.brackets ?? [])]) change(bracket)
}

async function changedConfig(changes: Record<string, Record<string, unknown>>): Promise<string> {
  const config: Record<string, object> = JSON.parse(await readFile(gateway.configFile, 'utf8'))
  for (const [section, values] of Object.entries(changes)) config[section] = { ...config[section], ...values }
  const path = join(gateway.dataDir, 'other-gateway.yaml')
  await writeFile(path, JSON.stringify(config))
  return path
}

async function replay(...args: readonly string[]): Promise<ReplayReport> {
  const run = await farthing(['replay', ...args, '--json'], gateway.env)
  expect([run.exitCode, run.stderr]).toEqual([0, ''])
  return JSON.parse(run.stdout)
}

async function booked(): Promise<number> {
  const { total }: { total: { cost_usd: number } } = JSON.parse(await (await gateway.admin('/spend')).text())
  return total.cost_usd
}

const usd = (value: number): bigint => BigInt(Math.round(value * 1e12))

describe('without a change', () => {
  it.each(['the same file', 'the same prices, written otherwise'])('%s: not a picodollar', async (kind) => {
    const args =
      kind === 'the same file'
        ? ['--config', gateway.configFile]
        : ['--catalog', await changedCatalog('same', () => undefined)]
    const report = await replay(...args)
    expect(report.requests).toMatchObject({ compared: bodies.length, moved: 0, refused: 0, undecided: 0 })
    expect(usd(report.recorded_usd)).toBe(usd(await booked()))
    expect([report.same_routes_usd, report.rerouted_usd]).toEqual([report.recorded_usd, report.recorded_usd])
    expect([report.difference_usd, report.moves]).toEqual([0, []])
  })
})

describe('other prices', () => {
  it('are exact on the same routes', async () => {
    // Three dollars more per million tokens of output, and nothing else.
    const catalog = await changedCatalog('dearer-output', (file) =>
      eachBracket(
        file,
        'openai/gpt-6-luna',
        (bracket) => void (bracket['output'] = (bracket['output'] ?? 0) + 3),
      ),
    )
    const report = await replay('--catalog', catalog)
    expect(luna.output).toBeGreaterThan(0)
    expect(usd(report.same_routes_usd) - usd(report.recorded_usd)).toBe(BigInt(luna.output) * 3_000_000n)
    expect(usd(report.rerouted_usd)).toBeLessThanOrEqual(usd(report.same_routes_usd))
  })

  it('send requests where a gateway on them, that has learned as much, would send them', async () => {
    const other = await startGateway()
    try {
      const asked = bodies.slice(0, 12)
      const config: Record<string, unknown> = JSON.parse(await readFile(other.configFile, 'utf8'))
      const use = async (catalog: string): Promise<void> => {
        await writeFile(other.configFile, JSON.stringify({ ...config, catalog }))
        expect((await other.admin('/reload', { method: 'POST' })).status).toBe(200)
      }
      const routeOf = async (body: object): Promise<string> => {
        const explained = await other.admin('/explain', { method: 'POST', body })
        const { route }: { route: string } = JSON.parse(await explained.text())
        return route
      }
      const favourite = (await routeOf({ ...asked[0], model: 'auto' })).split('@')[0] ?? ''
      const dearer = await changedCatalog('dearer', (file) =>
        eachBracket(file, favourite, (bracket) => {
          for (const name of Object.keys(bracket))
            if (name !== 'up_to') bracket[name] = (bracket[name] ?? 0) * 100
        }),
      )
      const moves = new Map<string, number>()
      for (const body of asked) {
        await use(dearer)
        const to = await routeOf(body)
        await use(join(ROOT, 'config/catalog.yaml'))
        const answer = await fetch(`${other.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${other.key}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
        const settled = await other.settled(answer.headers.get('x-request-id') ?? '')
        const from = settled.attempts.at(-1)?.route ?? ''
        if (from !== to) moves.set(`${from} ${to}`, (moves.get(`${from} ${to}`) ?? 0) + 1)
      }
      const run = await farthing(['replay', '--catalog', dearer, '--json'], other.env)
      const report: ReplayReport = JSON.parse(run.stdout)
      expect(report.requests.moved).toBeGreaterThan(3)
      expect(new Map(report.moves.map(({ from, to, requests }) => [`${from} ${to}`, requests]))).toEqual(
        moves,
      )
      expect(report.rerouted_usd).toBeLessThan(report.same_routes_usd)
    } finally {
      await other.close()
    }
  })

  it('a threshold decides the exit code', async () => {
    const catalog = await changedCatalog('much-dearer', (file) => {
      for (const { provider, id } of file.models)
        eachBracket(file, `${provider}/${id}`, (bracket) => {
          for (const name of Object.keys(bracket))
            if (name !== 'up_to') bracket[name] = (bracket[name] ?? 0) * 2
        })
    })
    const run = (most: string) =>
      farthing(['replay', '--catalog', catalog, '--max-increase', most], gateway.env)
    const [tight, wide, inUsd] = await Promise.all([run('99%'), run('101%'), run('0.0001')])
    expect([tight.exitCode, wide.exitCode, inUsd.exitCode]).toEqual([3, 0, 3])
    expect(tight.stderr).toContain('It would cost more than 99% more.')
    expect(tight.stdout).toMatch(/^COST +REQUESTS +USD +DIFFERENCE +SHARE$/m)
    expect(tight.stdout).toMatch(/^rerouted +36 +\d+\.\d{6} +\+\d+\.\d{6} +\+100\.00 %$/m)
  })
})

describe('other rules', () => {
  it('a provider that is disabled: its requests go elsewhere, and those that named it would be refused', async () => {
    const report = await replay(
      '--config',
      await changedConfig({ providers: { openai: { enabled: false } } }),
    )
    expect(report.requests.refused).toBe(6)
    expect(report.moves.every(({ to }) => !to.startsWith('openai/'))).toBe(true)
    const run = await farthing(
      ['replay', '--config', await changedConfig({ providers: { openai: { enabled: false } } })],
      gateway.env,
    )
    expect(run.stderr).toContain('6 would be refused, and are in none of the sums')
  })

  it('a lower tier saves, a higher one costs', async () => {
    const aliases: Record<string, object> = parse(await readFile(join(ROOT, 'config/gateway.yaml'), 'utf8'))
      .routing.aliases
    const lower = await replay('--config', await changedConfig({ routing: { default_tier: 'economy' } }))
    const dearer = { aliases: { ...aliases, 'gpt-4o': { tier: 'frontier' } } }
    const higher = await replay('--config', await changedConfig({ routing: dearer }))
    expect(lower.difference_usd).toBeLessThan(0)
    expect(higher.difference_usd).toBeGreaterThan(0)
    expect([lower.requests.compared, higher.requests.compared]).toEqual([36, 36])
  })

  it('a provider that was off stays off, unless it is asked what it would have been like', async () => {
    const cheap = await changedCatalog('cheap-kimi', (file) => {
      for (const { provider, id } of file.models.filter((one) => one.provider === 'moonshot'))
        eachBracket(file, `${provider}/${id}`, (bracket) => {
          for (const name of Object.keys(bracket)) if (name !== 'up_to') bracket[name] = 0.001
        })
    })
    expect((await replay('--catalog', cheap)).requests.moved).toBe(0)
    const on = await replay('--catalog', cheap, '--on', 'moonshot')
    expect(on.requests.moved).toBeGreaterThan(10)
    expect(on.moves.every(({ to }) => to.startsWith('moonshot/'))).toBe(true)
    expect(on.difference_usd).toBeLessThan(0)
    expect(on.at_least_usd).toBeLessThanOrEqual(on.rerouted_usd)
  })
})

describe('where the requests come from', () => {
  it('a gateway tells the same as its store', async () => {
    const args = [
      'replay',
      '--config',
      await changedConfig({ routing: { default_tier: 'premium' } }),
      '--json',
    ]
    const local = await farthing(args, gateway.env)
    const remote = await farthing(args, {
      ...gateway.env,
      FARTHING_URL: gateway.url,
      FARTHING_ADMIN_KEY: gateway.adminKey,
    })
    expect(remote.exitCode).toBe(0)
    expect(JSON.parse(remote.stdout)).toEqual(JSON.parse(local.stdout))
    expect(JSON.parse(remote.stdout).requests.moved).toBeGreaterThan(0)
  })

  it('a time without requests is told', async () => {
    const run = await farthing(['replay', '--config', gateway.configFile, '--to', '2020-01-01'], gateway.env)
    expect([run.exitCode, run.stdout, run.stderr]).toEqual([0, '', 'There is no request in that time.\n'])
  })

  it.each([
    [['replay'], 2, 'without a change there is nothing to compare'],
    [['replay', '--on', 'nobody'], 2, '--on takes one of deepseek'],
    [['replay', '--on', 'openai', '--max-increase', 'much'], 2, '--max-increase must look like 5% or 20'],
    [['replay', '--catalog', 'gone.yaml'], 78, 'gone.yaml, which cannot be read (ENOENT)'],
    [['replay', '--config', 'gone.yaml'], 78, 'gone.yaml: cannot be read (ENOENT)'],
    [['replay', '--on', 'openai', '--from', 'lately'], 1, '"from" is not a moment'],
  ])('%j exits with %i', async (args, code, message) => {
    const { exitCode, stderr } = await farthing(args, gateway.env)
    expect([exitCode, stderr]).toEqual([code, expect.stringContaining(message)])
  })
})
