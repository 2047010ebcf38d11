// npx node bench/page-pictures.ts: the pictures of the page in docs/images, of a day of simulated traffic that went through a
// gateway hour by hour.

import type { Browser, Page } from 'playwright-core'
import { goTo, openPage, signIn, startChromium } from '../test/support/chromium.ts'
import { startGateway, type TestGateway } from '../test/support/gateway.ts'

const FOLDER = 'docs/images'
const HOUR_MS = 3_600_000
const HOURS = 24
const TEAMS = [
  { team: 'search', project: 'faq', model: 'gpt-4o', feature: 'answers', words: 900, each: 5 },
  { team: 'support', project: 'helpdesk', model: 'standard', feature: 'replies', words: 250, each: 4 },
  { team: 'research', project: 'papers', model: 'premium', feature: 'summaries', words: 2_500, each: 2 },
  { team: 'search', project: 'index', model: 'openai/gpt-6-luna', feature: 'titles', words: 60, each: 3 },
  { team: 'research', project: 'papers', model: 'frontier', feature: 'reviews', words: 1_200, each: 1 },
] as const

const clock = { offsetMs: -(HOURS - 1) * HOUR_MS, now: () => Date.now() + clock.offsetMs }
const gateway = await startGateway({ clock })
const browser = await startChromium()
try {
  await setBudgets()
  const keys = await Promise.all(
    TEAMS.map(({ team, project, feature }) =>
      gateway.createKey({ name: `${team}, ${project}`, team, project, tags: { feature } }),
    ),
  )
  const longest = clock.offsetMs
  for (let hour = 0; hour < HOURS; hour++) {
    clock.offsetMs = longest + hour * HOUR_MS
    await sendHour(keys, new Date(clock.now()).getUTCHours())
  }
  clock.offsetMs = 0
  const shown = await sendWithFallback(keys[0] ?? '')
  await takeAll(browser, gateway, shown)
} finally {
  await browser.close()
  await gateway.close()
}

async function putBudget(path: string, body: object): Promise<void> {
  await gateway.admin(`/budgets/${path}`, { method: 'PUT', body })
}

async function setBudgets(): Promise<void> {
  await putBudget('org/default', { limit_usd: 25, period: 'month' })
  await putBudget('team/search', { budgets: [{ limit_usd: 0.4, period: 'month' }], limits: { rpm: 600 } })
  await putBudget('team/support', { limit_usd: 0.05, period: 'month', hard: false })
  await putBudget('team/research', { limit_usd: 3, period: 'month' })
}

/** More by day than by night. */
async function sendHour(keys: readonly string[], hour: number): Promise<void> {
  const share = 0.35 + 0.65 * Math.max(0, Math.sin(((hour - 6) / 14) * Math.PI))
  for (const [index, team] of TEAMS.entries()) {
    const count = Math.max(1, Math.round(team.each * share * 3))
    await Promise.all(Array.from({ length: count }, () => send(keys[index] ?? '', team.model, team.words)))
  }
}

async function send(key: string, model: string, words: number): Promise<string> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      max_tokens: 400,
      messages: [{ role: 'user', content: 'a word '.repeat(words) }],
    }),
  })
  await response.arrayBuffer()
  return response.headers.get('x-request-id') ?? ''
}

/** One whose first choice is overloaded, so that there is a time line with two attempts on it. */
async function sendWithFallback(key: string): Promise<string> {
  for (const provider of Object.values(gateway.fleet.providers))
    provider.setLatency({ firstByteMs: 180, chunkMs: 12 })
  gateway.fleet.providers.openai.faults.push({ kind: 'overloaded', times: 1 })
  const id = await send(key, 'standard', 400)
  await gateway.settled(id)
  return id
}

async function takeAll(
  browserOpen: Browser,
  { url, adminKey }: TestGateway,
  requestId: string,
): Promise<void> {
  const looks = [
    { name: 'light', options: { colorScheme: 'light', viewport: { width: 1280, height: 960 } } },
    { name: 'dark', options: { colorScheme: 'dark', viewport: { width: 1280, height: 960 } } },
    { name: 'narrow', options: { colorScheme: 'light', viewport: { width: 360, height: 780 } } },
  ] as const
  for (const { name, options } of looks) {
    const { page, complaints } = await openPage(browserOpen, url, options)
    await signIn(page, adminKey)
    const places = ['spend?by=model', 'budgets', `requests/${requestId}`]
    for (const place of places) await take(page, place, name)
    if (complaints.length > 0) throw new Error(complaints.join('\n'))
    await page.context().close()
  }
}

async function take(page: Page, place: string, look: string): Promise<void> {
  await goTo(page, place)
  if (place.startsWith('requests/')) await page.locator('.timeline').waitFor()
  if (place.startsWith('spend')) await page.locator('.chart canvas').nth(1).waitFor()
  const name = place.startsWith('requests/') ? 'request' : place.replace(/\?.*/, '')
  await page.mouse.move(0, 0)
  await page.screenshot({ path: `${FOLDER}/${name}-${look}.png`, fullPage: name === 'request' })
}
