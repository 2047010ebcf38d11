// The page in a real Chromium, in front of a real gateway: its numbers are those of the ledger, names that came with requests
// do no harm, and the admin key stays in its memory.

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import type { SpendReport } from '../../src/admin/spend-report.ts'
import { createEmbeddedStore } from '../../src/ledger/embedded/embedded-store.ts'
import { sampleRecord } from '../contract/record-samples.ts'
import { goTo, openPage, signIn, startChromium } from '../support/chromium.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { chat } from '../support/nothing-lost.ts'

const VIEWS = ['spend', 'budgets', 'requests', 'providers', 'keys'] as const
const SAMPLED = 'sampled'
const HARM = '<img src=x onerror="window.harmed = true"><script>window.harmed = true</script>'

vi.setConfig({ testTimeout: 300_000 })

let gateway: TestGateway
let browser: Browser

beforeAll(async () => {
  gateway = await startGateway({ config: { content: { teams: { [SAMPLED]: { sample: 1 } } } } })
  browser = await startChromium(inject('noChromium'))
  const keys = await Promise.all(['search', 'ads'].map((team) => gateway.createKey({ name: team, team })))
  const budgets = [
    { limit_usd: 0.05, period: 'day' },
    { limit_usd: 50, period: 'month', hard: false },
  ]
  await gateway.admin('/budgets/team/search', { method: 'PUT', body: { budgets, limits: { rpm: 600 } } })
  gateway.fleet.providers.openai.faults.push({ kind: 'overloaded', times: 1 })
  for (const key of keys)
    for (const model of ['openai/gpt-6-luna', 'standard', 'premium', 'gpt-4o'])
      await send(key, { model, max_tokens: 100 })
})

afterAll(async () => {
  await browser?.close()
  await gateway?.close()
})

async function send(key: string, body: object): Promise<string> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'x-farthing-tags': 'feature=faq',
    },
    body: chat(body),
  })
  await response.arrayBuffer()
  const id = response.headers.get('x-request-id') ?? ''
  await gateway.settled(id)
  return id
}

async function ask<Answer>(path: string): Promise<Answer> {
  const answer: Answer = JSON.parse(await (await gateway.admin(path)).text())
  return answer
}

async function withPage<Result>(
  use: (page: Page, told: { complaints: readonly string[]; asked: readonly string[] }) => Promise<Result>,
  options: Parameters<typeof openPage>[2] = {},
): Promise<Result> {
  const { page, ...told } = await openPage(browser, gateway.url, options)
  try {
    await signIn(page, gateway.adminKey)
    return await use(page, told)
  } finally {
    await page.context().close()
  }
}

/** Exact amounts and counts of a row of a table, by the title of their column. */
async function readRows(page: Page): Promise<ReadonlyMap<string, Record<string, string | null>>> {
  const rows = await page.locator('section.card table tr:has(th[scope=row])').all()
  const read = rows.map(async (row) => {
    const cells = await row.locator('[data-title]:has(data)').all()
    const values = cells.map(
      async (cell) =>
        [await cell.getAttribute('data-title'), await cell.locator('data').getAttribute('value')] as const,
    )
    const name = await row.locator('th').innerText()
    return [name.trim(), Object.fromEntries(await Promise.all(values))] as const
  })
  return new Map(await Promise.all(read))
}

async function readTotals(page: Page): Promise<Record<string, number>> {
  const facts = await page.locator('.totals .fact').all()
  const read = facts.map(async (fact) => {
    const value = await fact.locator('data').getAttribute('value')
    return [await fact.locator('dt').innerText(), Number(value)] as const
  })
  return Object.fromEntries(await Promise.all(read))
}

describe('its numbers are those of the ledger', () => {
  it.each(['provider', 'model', 'team', 'key', 'tag:feature'])('spend by %s', async (group) => {
    const { rows, total } = await ask<SpendReport>(`/spend?group_by=${group}`)
    expect(total.cost_usd).toBeGreaterThan(0)
    await withPage(async (page) => {
      await goTo(page, `budgets`)
      await goTo(page, `spend?by=${encodeURIComponent(group)}`)
      expect(await readTotals(page)).toEqual({
        Spent: total.cost_usd,
        Saved: total.saved_usd,
        'Without Farthing': total.baseline_usd,
        Requests: total.requests,
        'A thousand requests': Number(((total.cost_usd / total.requests) * 1000).toFixed(12)),
      })
      const shown = await readRows(page)
      expect(shown.size).toBe(rows.length + 1)
      for (const row of rows) {
        expect(shown.get(String(row[group] ?? 'none'))).toEqual({
          Requests: String(row.requests),
          Input: String(row.input_tokens),
          Output: String(row.output_tokens),
          Spent: exact(row.cost_usd),
          Baseline: exact(row.baseline_usd),
          Saved: exact(row.saved_usd),
        })
      }
      expect(shown.get('Total')).toMatchObject({
        Spent: exact(total.cost_usd),
        Saved: exact(total.saved_usd),
      })
    })
  })

  it('budgets, with what is held by a request under way', async () => {
    const key = await gateway.createKey({ name: 'slow', team: 'search' })
    gateway.fleet.providers.openai.faults.push({ kind: 'hang' })
    const leave = new AbortController()
    const hanging = fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: chat({ model: 'openai/gpt-6-luna', max_tokens: 50 }),
      signal: leave.signal,
    }).catch(() => null)
    await expect.poll(() => gateway.held()).toBe(1)
    const policy = await ask<{ budgets: { spent_usd: number; held_usd: number; limit_usd: number }[] }>(
      '/budgets/team/search',
    )
    await withPage(async (page) => {
      await goTo(page, 'budgets')
      const cards = await page.locator('.budget', { hasText: 'team search' }).all()
      expect(cards.length).toBe(2)
      const shown = await Promise.all(
        cards.map(async (card) =>
          Promise.all((await card.locator('dd data').all()).map((one) => one.getAttribute('value'))),
        ),
      )
      for (const { spent_usd: spent, held_usd: held, limit_usd: limit } of policy.budgets) {
        expect(held).toBeGreaterThan(0)
        expect(spent).toBeGreaterThan(0)
        expect(shown.map(([s, h, , l]) => [s, h, l])).toContainEqual([
          exact(spent),
          exact(held),
          exact(limit),
        ])
      }
      expect(await page.locator('.card', { hasText: 'Limits' }).last().innerText()).toContain(
        '600 requests a minute',
      )
    })
    leave.abort()
    await hanging
  })

  it('one request: its cost, its decision and its attempts', async () => {
    const { data } = await ask<{ data: { id: string; attempt_count: number }[] }>('/requests')
    const id = data.find(({ attempt_count: count }) => count > 1)?.id ?? ''
    const request = await ask<{
      cost_usd: number
      attempts: { route: string; cost_usd: number; outcome: string }[]
      decision: { candidates: { route: string; expected_cost_usd: number | null; verdict: string }[] }
    }>(`/requests/${id}`)
    expect(request.attempts.length).toBe(2)
    await withPage(async (page) => {
      await goTo(page, `requests`)
      await page.locator(`a[href="#/requests/${id}"]`).click()
      await page.locator('.timeline').waitFor()
      const facts = await page.locator('.facts').first().innerText()
      expect(facts).toContain('search')
      expect(
        await page.locator('.facts div', { hasText: 'Cost' }).first().locator('data').getAttribute('value'),
      ).toBe(exact(request.cost_usd))
      expect(await page.locator('.timeline li').count()).toBe(2)
      expect(await page.locator('.timeline li .bar.failed').count()).toBe(1)
      const [chosen] = request.decision.candidates
      const first = page.locator('table').first().locator('tbody tr').first()
      expect(await first.innerText()).toContain(chosen?.route)
      expect(await first.innerText()).toContain('chosen')
      expect(await first.locator('data').first().getAttribute('value')).toBe(
        exact(chosen?.expected_cost_usd ?? -1),
      )
    })
  })

  it('prices in force now', async () => {
    const { data } = await ask<{
      data: { id: string; routes: { id: string; usd_per_million_tokens: { output: number } }[] }[]
    }>('/providers')
    await withPage(async (page) => {
      await goTo(page, 'providers')
      const text = await page.locator('main').innerText()
      for (const { id, routes } of data) {
        expect(text).toContain(id)
        const section = page
          .locator('section.card', { has: page.locator(`h2:text-is("${id}")`) })
          .or(page.locator('section.card', { has: page.locator('h2', { hasText: id }) }))
        const rows = await section.first().locator('tbody tr').all()
        expect(rows.length).toBe(routes.length)
        const last = await rows.at(-1)?.locator('td').last().innerText()
        expect(Number(last)).toBe(routes.at(-1)?.usd_per_million_tokens.output)
      }
    })
  })
})

function exact(usd: number): string {
  return usd.toFixed(12).replace(/\.?0+$/, '')
}

it('requests appear while they are looked at, and can be filtered', async () => {
  await withPage(async (page) => {
    await goTo(page, 'requests')
    const id = await send(gateway.key, { model: 'economy', max_tokens: 10 })
    await page.locator(`a[href="#/requests/${id}"]`).waitFor()
    await page.getByLabel('Team').fill('ads')
    await page.getByLabel('Team').press('Enter')
    await page.locator(`a[href="#/requests/${id}"]`).waitFor({ state: 'detached' })
    expect(page.url()).toContain('team=ads')
    await expect.poll(async () => page.locator('tbody tr').count()).toBe(4)
    await page.getByLabel('Cost over, USD').fill('much')
    await page.getByLabel('Cost over, USD').press('Enter')
    await page.getByRole('alert').filter({ hasText: 'amount of US dollars' }).waitFor()
  })
})

describe('names that came with a request', () => {
  it('are shown as they are, and do nothing', async () => {
    const store = createEmbeddedStore({ directory: gateway.dataDir })
    const nowMs = gateway.clock.now()
    const record = sampleRecord({
      requestId: 'req_harm',
      team: HARM,
      project: HARM,
      tags: { [HARM]: HARM, feature: HARM },
      requestedModel: HARM,
      baselineModel: HARM,
      startedAtMs: nowMs - 1000,
      endedAtMs: nowMs,
      attempts: [{ route: HARM, reason: HARM, model: HARM, startedAtMs: nowMs - 900, endedAtMs: nowMs }],
    })
    await store.settle(record)
    await store.close()
    await gateway.createKey({ name: HARM })
    await withPage(async (page, { complaints, asked }) => {
      for (const place of [
        'spend?by=team',
        'budgets',
        'spend?by=model',
        'requests',
        'keys',
        'spend?by=tag:feature',
      ]) {
        await goTo(page, place)
        if (place !== 'budgets') await page.getByText(HARM).first().waitFor()
      }
      await goTo(page, 'keys')
      await page.getByRole('button', { name: `Revoke ${HARM}` }).click()
      await page.getByRole('dialog').getByText(HARM).waitFor()
      await page.getByRole('button', { name: 'Cancel' }).click()
      await goTo(page, 'requests/req_harm')
      await page.getByText(HARM).first().waitFor()
      expect(await page.evaluate('window.harmed')).toBeUndefined()
      expect(await page.locator('img[src="x"], body script').count()).toBe(0)
      expect(complaints).toEqual([])
      expect(asked.filter((address) => !address.startsWith(`${gateway.url}/`))).toEqual([])
    })
  })

  it('nor does a prompt that was sampled', async () => {
    const key = await gateway.createKey({ name: SAMPLED, team: SAMPLED })
    const content = `Ask zoe@example.com about ${HARM}`
    const id = await send(key, { model: 'openai/gpt-6-luna', messages: [{ role: 'user', content }] })
    await withPage(async (page, { complaints }) => {
      await goTo(page, `requests/${id}`)
      const card = page.locator('section.card').filter({ hasText: 'Sampled and redacted' })
      await card.getByText(`Ask [email] about ${HARM}`).waitFor()
      expect(await card.locator('dt').allInnerTexts()).toEqual(['user', 'answer'])
      expect(await page.evaluate('window.harmed')).toBeUndefined()
      expect(await page.locator('img[src="x"], body script').count()).toBe(0)
      expect(complaints).toEqual([])
    })
  })
})

describe('the admin key', () => {
  it('is kept in memory alone, and goes with a reload', async () => {
    await withPage(async (page, { asked }) => {
      for (const view of VIEWS.slice(1)) await goTo(page, view)
      const kept = await page.evaluate(
        '[JSON.stringify({ ...localStorage, ...sessionStorage }), document.cookie, document.documentElement.outerHTML, location.href].join()',
      )
      expect(kept).not.toContain(gateway.adminKey)
      expect(await page.context().storageState()).toEqual({ cookies: [], origins: [] })
      expect(asked.join()).not.toContain(gateway.adminKey)
      await page.reload()
      await page.getByLabel('Admin key').waitFor()
      expect(await page.getByRole('navigation').count()).toBe(0)
    })
  })

  it('that is wrong is told in one way, and soon not looked at', async () => {
    const own = await startGateway({ firstKey: false })
    const { page } = await openPage(browser, own.url)
    const problem = page.getByRole('alert')
    const keys = ['ключ', 'x', `${own.adminKey}x`, own.adminKey.slice(1), 'a', 'b', 'c', 'd', 'e', 'f', 'g']
    for (const wrong of keys) {
      await page.getByLabel('Admin key').fill(wrong)
      await page.getByRole('button', { name: 'Open' }).click()
      await page.locator('button:enabled', { hasText: 'Open' }).waitFor()
      expect(await problem.innerText()).toBe('That is not the admin key.')
      expect(await page.getByRole('navigation').count()).toBe(0)
    }
    await page.getByLabel('Admin key').fill(own.adminKey)
    await page.getByRole('button', { name: 'Open' }).click()
    await expect
      .poll(async () => problem.innerText(), { timeout: 150_000 })
      .toContain('Too many wrong admin keys')
    await page.context().close()
    await own.close()
  })

  it('is asked for again when the page is locked', async () => {
    await withPage(async (page) => {
      await page.getByRole('button', { name: 'Lock' }).click()
      await page.getByLabel('Admin key').waitFor()
      expect(await page.getByLabel('Admin key').inputValue()).toBe('')
    })
  })

  it('that the gateway was not given is told from one that is wrong', async () => {
    const own = await startGateway({ env: { FARTHING_ADMIN_KEY: '' }, firstKey: false })
    const { page } = await openPage(browser, own.url)
    await page.getByLabel('Admin key').fill('any')
    await page.getByRole('button', { name: 'Open' }).click()
    const problem = page.getByRole('alert')
    await problem.waitFor()
    expect(await problem.innerText()).toContain('Start it with FARTHING_ADMIN_KEY set')
    await page.context().close()
    await own.close()
  })
})

async function statusOf(key: string): Promise<number> {
  return (await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status
}

it('keys are made, shown once, and revoked', async () => {
  await withPage(async (page) => {
    await goTo(page, 'keys')
    await page.getByText('New key').click()
    await page.getByLabel('Name').fill('from the page')
    await page.getByLabel('Team').fill('not a team!')
    await page.getByRole('button', { name: 'Create key' }).click()
    await page.getByRole('alert').filter({ hasText: '"team"' }).waitFor()
    expect(await page.getByLabel('Team').getAttribute('aria-invalid')).toBe('true')
    await page.getByLabel('Team').fill('page')
    await page.getByLabel('Tags').fill('feature=faq, app=web')
    await page.getByLabel('Budget, USD').fill('2.5')
    await page.getByRole('button', { name: 'Create key' }).click()
    const key = await page.getByRole('dialog').getByLabel('Key').inputValue()
    expect(key).toMatch(/^fth_/)
    expect(await statusOf(key)).toBe(200)
    await page.getByRole('button', { name: 'I have it' }).click()
    await page.locator('dialog').waitFor({ state: 'detached' })
    expect(await page.content()).not.toContain(key)
    const row = page.getByRole('row').filter({ hasText: 'from the page' })
    expect(await row.innerText()).toContain('$2.5/month')
    await row.getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await row.getByText('revoked').waitFor()
    await vi.waitFor(async () => expect(await statusOf(key)).toBe(401), { timeout: 150_000, interval: 200 })
  })
})

describe('whoever uses it', () => {
  it('with a keyboard gets everywhere, and along the charts', async () => {
    const { page } = await openPage(browser, gateway.url)
    // The field has the focus.
    await page.keyboard.type(gateway.adminKey)
    await page.keyboard.press('Enter')
    await page.locator('.totals').waitFor()
    await page.locator('.chart canvas').first().waitFor()
    const focused = async (): Promise<string> =>
      String(
        await page.evaluate(
          'document.activeElement.textContent || document.activeElement.name || document.activeElement.className',
        ),
      )
    const visited: string[] = []
    for (let steps = 0; steps < 14; steps++) {
      await page.keyboard.press('Tab')
      visited.push(await focused())
      if (visited.at(-1)?.includes('chart') === true) break
    }
    await page.locator('.chart').first().focus()
    await page.keyboard.press('ArrowLeft')
    await expect.poll(async () => page.locator('.readout').first().innerText()).toMatch(/UTC/)
    expect(visited).toEqual([
      expect.stringContaining('Last 24 hours'),
      expect.stringContaining('provider'),
      expect.stringContaining('chart'),
    ])
    await page.getByRole('link', { name: 'Providers' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Providers' }).waitFor()
    // The view is read on from its beginning.
    expect(await page.evaluate('document.activeElement.id')).toBe('main')
    await page.context().close()
  })

  it('with a screen reader hears a name for every control, and one heading of the first level', async () => {
    await withPage(async (page) => {
      for (const view of ['budgets', 'requests', 'providers', 'keys', 'spend']) {
        await goTo(page, view)
        expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1)
        const nameless = await page.evaluate(`[...document.querySelectorAll('input, select, button, a')]
          .filter((one) => !(one.labels?.length || one.textContent.trim() || one.ariaLabel))
          .map((one) => one.outerHTML)`)
        expect(nameless).toEqual([])
        const untitled = await page.evaluate(
          `[...document.querySelectorAll('table')].filter((one) => !one.caption?.textContent).length`,
        )
        expect(untitled).toBe(0)
      }
      expect(await page.locator('nav a[aria-current="page"]').innerText()).toBe('Spend')
    })
  })

  it.each(['light', 'dark'] as const)('on a phone, %s, never scrolls sideways', async (colorScheme) => {
    await withPage(
      async (page, { complaints }) => {
        for (const view of ['budgets', 'requests', 'requests/req_harm', 'providers', 'keys', 'spend']) {
          await goTo(page, view)
          const sideways = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
          expect({ view, sideways }).toEqual({ view, sideways: 0 })
        }
        expect(complaints).toEqual([])
      },
      { viewport: { width: 360, height: 740 }, colorScheme },
    )
  })

  it.each(['light', 'dark'] as const)(
    'can read what is written, %s: 4.5 to 1 and more',
    async (colorScheme) => {
      await withPage(
        async (page) => {
          const colors = await page.evaluate(`(() => {
          const style = getComputedStyle(document.documentElement)
          return Object.fromEntries(['paper', 'surface', 'wash', 'ink', 'quiet', 'accent', 'accent-ink', 'good', 'odd', 'bad']
            .map((name) => [name, style.getPropertyValue('--' + name).trim()]))
        })()`)
          const of = (name: string): string => String(Reflect.get(Object(colors), name))
          for (const ground of ['paper', 'surface', 'wash'])
            for (const name of ['ink', 'quiet', 'accent', 'good', 'odd', 'bad'])
              expect({ ground, name, isReadable: contrast(of(name), of(ground)) >= 4.5 }).toEqual({
                ground,
                name,
                isReadable: true,
              })
          expect(contrast(of('accent-ink'), of('accent'))).toBeGreaterThan(4.5)
        },
        { colorScheme },
      )
    },
  )
})

/** WCAG 2.2, relative luminance. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a)
  return (lighter + 0.05) / (darker + 0.05)
}
