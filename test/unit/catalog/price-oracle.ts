// What a usage costs, worked out a second time and another way: from the text of the file in fractions of BigInt, with the
// hour of the day from the time zone database. Shares no code with src/catalog.

import { parse } from 'yaml'
import { z } from 'zod'
import type { Usage } from '../../../src/core/usage.ts'

const decimal = z.string()
const brackets = z.array(
  z.looseObject({
    up_to: decimal.optional(),
    input: decimal,
    cached_input: decimal.optional(),
    cache_write: decimal.optional(),
    cache_write_long: decimal.optional(),
    output: decimal,
  }),
)
const sheet = z.looseObject({
  from: z.string().optional(),
  region: z.string().optional(),
  source: z.string(),
  checked: z.string(),
  brackets,
  window: z.looseObject({ calendar: z.string(), brackets }).optional(),
  service_tiers: z.record(z.string(), z.string()).default({}),
})
const file = z.looseObject({
  holidays: z.record(
    z.string(),
    z.array(z.looseObject({ holidays: z.array(z.string()), working_days: z.array(z.string()) })),
  ),
  providers: z.record(
    z.string(),
    z.looseObject({ default_region: z.string(), regions: z.record(z.string(), z.unknown()) }),
  ),
  models: z.array(
    z.looseObject({ provider: z.string(), id: z.string(), status: z.string(), prices: z.array(sheet) }),
  ),
})
type OracleFile = z.infer<typeof file>
type OracleSheet = z.infer<typeof sheet>
type OracleBracket = z.infer<typeof brackets>[number]

/** The failsafe schema of YAML knows text only: every number arrives as it is written. */
export function readOracleFile(yamlText: string): OracleFile {
  return file.parse(parse(yamlText, { schema: 'failsafe' }))
}

/** A model's sheets in one region, the oldest first. */
export function oracleSheets(from: OracleFile, modelId: string, region: string): readonly OracleSheet[] {
  const model = from.models.find(({ provider, id }) => `${provider}/${id}` === modelId)
  if (model === undefined) throw new Error(`no model ${modelId}`)
  const ordinary = from.providers[model.provider]?.default_region
  return model.prices
    .filter((entry) => (entry.region ?? ordinary) === region)
    .toSorted((a, b) => (a.from ?? '').localeCompare(b.from ?? ''))
}

export interface OracleCall {
  readonly usage: Usage
  readonly atMs: number
  readonly serviceTier: string | null
}

/** Picodollars as an exact fraction; null before the first price. */
export function oracleCost(
  from: OracleFile,
  sheets: readonly OracleSheet[],
  { usage, atMs, serviceTier }: OracleCall,
): Fraction | null {
  const today = new Date(atMs).toISOString().slice(0, 10)
  const inForce = sheets.findLast((entry) => (entry.from ?? '') <= today)
  if (inForce === undefined) return null
  const { window } = inForce
  const rows =
    window !== undefined && isOracleOpen(from, window.calendar, atMs) ? window.brackets : inForce.brackets
  const prompt = usage.freshInput + usage.cacheRead + usage.cacheWrite + usage.cacheWriteLong
  const row = rows.find(({ up_to }) => up_to === undefined || prompt <= Number(up_to))
  if (row === undefined) throw new Error(`no bracket for ${prompt}`)
  return times(costOf(row, usage), multiplierOf(inForce, serviceTier))
}

function costOf(row: OracleBracket, usage: Usage): Fraction {
  const write = row.cache_write ?? row.input
  const parts = [
    [usage.freshInput, row.input],
    [usage.cacheRead, row.cached_input ?? row.input],
    [usage.cacheWrite, write],
    [usage.cacheWriteLong, row.cache_write_long ?? write],
    [usage.output, row.output],
  ] as const
  return parts.reduce<Fraction>(
    // USD per million tokens, in picodollars per token: 10^12 / 10^6.
    (sum, [count, price]) => plus(sum, times(fractionOf(price), { n: BigInt(count) * 1_000_000n, d: 1n })),
    { n: 0n, d: 1n },
  )
}

/** An unknown tier costs as much as the dearest one that is known. */
function multiplierOf({ service_tiers: tiers }: OracleSheet, name: string | null): Fraction {
  const one = { n: 1n, d: 1n }
  if (name === null || name === 'default' || name === 'auto') return one
  const known = tiers[name]
  if (known !== undefined) return fractionOf(known)
  return Object.values(tiers)
    .map(fractionOf)
    .reduce((most, next) => (next.n * most.d > most.n * next.d ? next : most), one)
}

interface Rule {
  readonly timeZone: string
  readonly days: readonly string[]
  readonly hours: readonly (readonly [from: number, to: number])[]
  readonly country: string | null
}

/** The vendors' rules in words of their own, not as the file has them. */
const RULES: Readonly<Record<string, Rule>> = {
  'deepseek-peak': {
    timeZone: 'Asia/Shanghai',
    days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'],
    hours: [
      [9, 12],
      [14, 18],
    ],
    country: 'cn',
  },
  'alibaba-deepseek-peak': {
    timeZone: 'UTC',
    days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
    hours: [[0, 14]],
    country: null,
  },
}

const formats = new Map<string, Intl.DateTimeFormat>()

function wallClock(timeZone: string, atMs: number): Readonly<Record<string, string>> {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
    })
  formats.set(timeZone, format)
  return Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, value]))
}

function isOracleOpen(from: OracleFile, name: string, atMs: number): boolean {
  const rule = RULES[name]
  if (rule === undefined) throw new Error(`the oracle does not know the calendar ${name}`)
  const local = wallClock(rule.timeZone, atMs)
  const date = `${local['year']}-${local['month']}-${local['day']}`
  const years = rule.country === null ? [] : (from.holidays[rule.country] ?? [])
  if (years.some(({ holidays }) => holidays.includes(date))) return false
  const isWorkday =
    rule.days.includes(local['weekday'] ?? '') || years.some((year) => year.working_days.includes(date))
  return (
    isWorkday &&
    rule.hours.some(([start, end]) => Number(local['hour']) >= start && Number(local['hour']) < end)
  )
}

export interface Fraction {
  readonly n: bigint
  readonly d: bigint
}

function fractionOf(text: string): Fraction {
  const [top = '', bottom = '1'] = text.split('/')
  const [whole = '', decimals = ''] = top.split('.')
  return { n: BigInt(whole + decimals), d: 10n ** BigInt(decimals.length) * BigInt(bottom) }
}

const plus = (a: Fraction, b: Fraction): Fraction => ({ n: a.n * b.d + b.n * a.d, d: a.d * b.d })
const times = (a: Fraction, b: Fraction): Fraction => ({ n: a.n * b.n, d: a.d * b.d })
