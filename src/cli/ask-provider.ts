// Live calls for farthing reconcile, made only when asked for: exports of OpenAI and Anthropic, balances of DeepSeek and Kimi.
// Paths and paging after the same pages as the readers in src/admin/reconcile.

import { request } from 'undici'
import { type Period, readPeriod } from '../admin/period.ts'
import { BALANCE_PROVIDERS, type BalanceProvider } from '../admin/reconcile/balance-bill.ts'
import { type Environment, variable } from '../config/environment.ts'
import { readField } from './answer.ts'
import { UsageError } from './command.ts'

type Exporter = 'openai' | 'anthropic'

const TIMEOUT_MS = 30_000
/** A year of days, a month at a time. */
const MAX_PAGES = 40

const BALANCES: Readonly<Record<BalanceProvider, { key: string; base: string; url: string; path: string }>> =
  {
    deepseek: {
      key: 'DEEPSEEK_API_KEY',
      base: 'DEEPSEEK_BASE_URL',
      url: 'https://api.deepseek.com',
      path: '/user/balance',
    },
    moonshot: {
      key: 'MOONSHOT_API_KEY',
      base: 'MOONSHOT_BASE_URL',
      url: 'https://api.moonshot.ai/v1',
      path: '/users/me/balance',
    },
  }

export function isBalanceProvider(name: string): name is BalanceProvider {
  return BALANCE_PROVIDERS.some((one) => one === name)
}

export function isExporter(name: string): name is Exporter {
  return name === 'openai' || name === 'anthropic'
}

export async function fetchBalance(
  env: Environment,
  provider: BalanceProvider,
  nowMs: number,
): Promise<object> {
  const { key, base, url, path } = BALANCES[provider]
  const balance = await askJson(`${variable(env, base) ?? url}${path}`, {
    authorization: `Bearer ${readKey(env, key)}`,
  })
  return { provider, at: new Date(nowMs).toISOString(), balance }
}

/** As `--from` and `--to` say it. */
export interface AskedSpan {
  readonly from: string | undefined
  readonly to: string | undefined
}

export function askedPeriod({ from, to }: AskedSpan, nowMs: number): Period {
  return readPeriod({ ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }, nowMs)
}

/** Costs and usage, each with all its pages. */
export async function fetchExport(
  env: Environment,
  provider: Exporter,
  span: AskedSpan,
): Promise<readonly object[]> {
  const { fromMs, toMs } = askedPeriod(span, Date.now())
  const { headers, urls } = provider === 'openai' ? openai(env, fromMs, toMs) : anthropic(env, fromMs, toMs)
  const pages: unknown[] = []
  for (const url of urls) pages.push(...(await askPages(url, headers)))
  return [{ provider, pages }]
}

interface Asked {
  readonly headers: Readonly<Record<string, string>>
  readonly urls: readonly string[]
}

function openai(env: Environment, fromMs: number, toMs: number): Asked {
  const base = variable(env, 'OPENAI_BASE_URL') ?? 'https://api.openai.com/v1'
  const span = `start_time=${Math.floor(fromMs / 1000)}&end_time=${Math.ceil(toMs / 1000)}&bucket_width=1d&limit=31`
  return {
    headers: { authorization: `Bearer ${readKey(env, 'OPENAI_ADMIN_KEY')}` },
    urls: [
      `${base}/organization/costs?${span}&group_by=line_item`,
      `${base}/organization/usage/completions?${span}&group_by=model`,
    ],
  }
}

function anthropic(env: Environment, fromMs: number, toMs: number): Asked {
  const base = variable(env, 'ANTHROPIC_BASE_URL') ?? 'https://api.anthropic.com'
  const span = `starting_at=${midnight(fromMs)}&ending_at=${midnight(toMs + 86_399_999)}&bucket_width=1d&limit=31`
  return {
    headers: { 'x-api-key': readKey(env, 'ANTHROPIC_ADMIN_KEY'), 'anthropic-version': '2023-06-01' },
    urls: [
      `${base}/v1/organizations/cost_report?${span}&group_by[]=description`,
      `${base}/v1/organizations/usage_report/messages?${span}&group_by[]=model`,
    ],
  }
}

async function askPages(url: string, headers: Asked['headers']): Promise<readonly unknown[]> {
  const pages: unknown[] = []
  let next: string | null = null
  do {
    const page = await askJson(next === null ? url : `${url}&page=${encodeURIComponent(next)}`, headers)
    pages.push(page)
    const following = readField(page, 'has_more') === true ? readField(page, 'next_page') : null
    next = typeof following === 'string' ? following : null
  } while (next !== null && pages.length < MAX_PAGES)
  return pages
}

async function askJson(url: string, headers: Asked['headers']): Promise<unknown> {
  const { statusCode, body } = await request(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) })
  const text = await body.text()
  // Not the address: it may have been given with a secret in it.
  if (statusCode !== 200)
    throw new Error(`${new URL(url).host} answered ${statusCode}: ${text.slice(0, 300)}`)
  return JSON.parse(text)
}

function readKey(env: Environment, name: string): string {
  const key = variable(env, name)
  if (key === null) throw new UsageError(`${name} must be set for that`)
  return key
}

function midnight(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 10)}T00:00:00Z`
}
