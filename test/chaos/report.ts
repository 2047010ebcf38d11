// What a whole run has measured, as the part of docs/reliability.md that it writes.

import { readFileSync, writeFileSync } from 'node:fs'
import type { AdmissionCost } from './admission-cost.ts'
import type { Estimate } from './compare-entries.ts'
import type { NearlyEmpty } from './nearly-empty-budget.ts'
import type { SegmentResult } from './segment.ts'

export interface Measured {
  readonly seed: number
  readonly atMs: number
  readonly machine: string
  readonly segments: readonly SegmentResult[]
  readonly nearlyEmpty: readonly NearlyEmpty[]
  readonly admission: readonly AdmissionCost[]
}

const PAGE = 'docs/reliability.md'
const BEGIN = '<!-- measured: written by `npm run test:chaos -- --write` -->'
const END = '<!-- measured: end -->'

export function writeReport(measured: Measured): void {
  const page = readFileSync(PAGE, 'utf8')
  const [before, rest] = page.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined)
    throw new Error(`${PAGE} has no place for what was measured`)
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${formatReport(measured)}\n\n${END}${after}`)
}

export function formatReport(measured: Measured): string {
  const { seed, atMs, machine, segments } = measured
  const faults = [...new Set(segments.map(({ fault }) => fault))]
  const stores = [...new Set(segments.map(({ store }) => store))].join(', ')
  return [
    `Seed ${seed}, ${new Date(atMs).toISOString().slice(0, 10)}, ${machine}; stores: ${stores}.`,
    table(['measured', 'figure'], totals(measured)),
    'By fault, all stores together:',
    table(
      [
        'fault',
        'requests',
        'faults',
        'lost',
        'doubled',
        'estimated',
        'serves again within',
        'books right within',
      ],
      faults.map((fault) =>
        faultRow(
          fault,
          segments.filter((segment) => segment.fault === fault),
        ),
      ),
    ),
    'A thousand requests at once on one nearly empty budget, over four gateways:',
    table(
      ['store', 'limit, USD', 'served', 'refused', 'spent, USD', 'overspent, USD'],
      measured.nearlyEmpty.map(({ store, limit, served, refused, spent, overspent }) => [
        store,
        usd(limit),
        String(served),
        String(refused),
        usd(spent),
        usd(overspent),
      ]),
    ),
    'A hold and its settlement on Redis, eight at once:',
    table(
      ['budgets', 'admission p50', 'admission p99', 'CPU of the gateway', 'CPU of Redis'],
      measured.admission.map(({ budgets, p50Ms, p99Ms, gatewayCpu, redisCpu }) => [
        String(budgets),
        `${p50Ms.toFixed(2)} ms`,
        `${p99Ms.toFixed(2)} ms`,
        `${gatewayCpu.toFixed(0)} µs`,
        `${redisCpu.toFixed(0)} µs`,
      ]),
    ),
  ].join('\n\n')
}

function totals({ segments, nearlyEmpty }: Measured): readonly (readonly string[])[] {
  const sum = (read: (segment: SegmentResult) => number): string =>
    segments.reduce((total, segment) => total + read(segment), 0).toLocaleString('en')
  const overspent = segments.reduce((total, one) => total + one.overspent, 0n)
  const atOnce = nearlyEmpty.reduce((total, one) => total + one.overspent, 0n)
  const differences = [...segments, ...nearlyEmpty].reduce((total, one) => total + one.differences.length, 0)
  return [
    ['requests', sum(({ requests }) => requests)],
    ['billed by the providers', sum(({ billed }) => billed)],
    ['faults injected', sum(({ faults }) => faults)],
    ['rows lost', sum(({ lost }) => lost)],
    ['rows doubled', sum(({ doubled }) => doubled)],
    ['books that differ, by whatever amount', String(differences)],
    ['hard budgets exceeded, at any moment', `${usd(overspent)} USD`],
    ['overspend at 1,000 requests at once', `${usd(atOnce)} USD`],
    ['phantom refusals', sum(({ phantom }) => phantom)],
    ['attempts that could only be estimated', estimateText(segments.flatMap(({ estimates }) => estimates))],
  ]
}

function faultRow(fault: string, segments: readonly SegmentResult[]): readonly string[] {
  const sum = (read: (segment: SegmentResult) => number): string =>
    segments.reduce((total, segment) => total + read(segment), 0).toLocaleString('en')
  const recoveries = segments.flatMap(({ recoveryMs }) => recoveryMs)
  return [
    fault,
    sum(({ requests }) => requests),
    sum(({ faults }) => faults),
    sum(({ lost }) => lost),
    sum(({ doubled }) => doubled),
    sum(({ estimates }) => estimates.length),
    recoveries.length === 0 ? '–' : secondsText(Math.max(...recoveries)),
    secondsText(Math.max(...segments.map(({ settledMs }) => settledMs))),
  ]
}

/** How far off they are, together and each. */
function estimateText(estimates: readonly Estimate[]): string {
  const sum = (read: (estimate: Estimate) => bigint): bigint =>
    estimates.reduce((total, estimate) => total + read(estimate), 0n)
  const billed = sum((one) => one.billed)
  const estimated = sum((one) => one.estimated)
  const unsent = estimates.filter((one) => one.billed === 0n).length
  const off = billed === 0n ? 0 : Number(((estimated - billed) * 1_000n) / billed) / 10
  return `${estimates.length}: ${usd(estimated)} USD in the rows, ${usd(billed)} USD billed (${off > 0 ? '+' : ''}${off} %); ${unsent} of them were billed by nobody`
}

function usd(pico: bigint): string {
  const text = String(pico).padStart(13, '0')
  const decimals = text.slice(-12).replace(/0+$/, '')
  return decimals === '' ? text.slice(0, -12) : `${text.slice(0, -12)}.${decimals}`
}

function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
