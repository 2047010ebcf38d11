// One fault on one store: requests under way, the fault at moments that the seed chose, and then the books.

import { setTimeout as delay } from 'node:timers/promises'
import { type Books, readBooks } from './books.ts'
import { compareEntries, type EntryFindings } from './compare-entries.ts'
import {
  compareAccounts,
  compareAggregates,
  compareAnswers,
  comparePrometheus,
  type Witnesses,
} from './compare-sums.ts'
import { driveThrough } from './drive-through.ts'
import type { ChaosFault } from './fault.ts'
import { watchLimits } from './limit-watch.ts'
import { findPhantom } from './phantom-refusals.ts'
import type { SeededRandom } from './seeded-random.ts'
import { LEASE_MS, openStage, type Stage } from './stage.ts'
import type { StoreKind } from './store-site.ts'
import { createTraffic, type Traffic } from './traffic.ts'
import { ORDINARY } from './traffic-plan.ts'

export interface SegmentPlan {
  readonly store: StoreKind
  readonly fault: ChaosFault
  readonly requests: number
  readonly random: SeededRandom
}

export interface SegmentResult extends Pick<EntryFindings, 'estimates'> {
  readonly store: StoreKind
  readonly fault: string
  readonly requests: number
  readonly faults: number
  readonly billed: number
  readonly rows: number
  /** By status, or `none`. */
  readonly answers: ReadonlyMap<string, number>
  readonly lost: number
  readonly doubled: number
  /** Picodollars beyond hard limits, at the worst moment. */
  readonly overspent: bigint
  readonly phantom: number
  /** From each mending until every gateway serves a request that a hard budget counts. */
  readonly recoveryMs: readonly number[]
  /** From the last request until every book is right. */
  readonly settledMs: number
  /** What differs, in words; empty where all is well. */
  readonly differences: readonly string[]
  readonly directory: string
}

const GATEWAYS = 3
const TIGHT_USD = 0.05
const PER_SECOND = 120
const MOST_AT_ONCE = 64
const COMPARE_EVERY_MS = 250
/** Books that are not right by then never will be. */
const MOST_COMPARISONS = (10 * LEASE_MS) / COMPARE_EVERY_MS

export async function runSegment({ store, fault, requests, random }: SegmentPlan): Promise<SegmentResult> {
  const stage = await openStage({
    store,
    gateways: GATEWAYS,
    hasReplica: fault.hasReplica === true,
    tightUsd: TIGHT_USD,
    prepare: fault.prepare,
    env: fault.env,
  })
  let differences: readonly string[] = ['it did not come to an end']
  const traffic = createTraffic({
    stage,
    random,
    mix: { ...ORDINARY, ...fault.mix },
    perSecond: PER_SECOND,
    mostAtOnce: MOST_AT_ONCE,
  })
  const limits = watchLimits(stage, TIGHT_USD)
  try {
    const scene = { stage, traffic, random: random.fork('fault') }
    const { recoveryMs, faults } = await driveThrough(scene, { fault, requests })
    const special = (await fault.check?.(scene)) ?? []
    const startedAtMs = performance.now()
    const { books, found } = await settle(stage, traffic)
    const settledMs = performance.now() - startedAtMs
    const phantom = await findPhantom(scene, TIGHT_USD)
    differences = [...special, ...found.differences, ...phantom]
    const overspent = await limits.stop()
    if (overspent > 0n) differences = [...differences, `hard limits were exceeded by ${overspent}`]
    return {
      store,
      fault: fault.name,
      requests: traffic.sent.size,
      faults,
      billed: books.entries.length,
      rows: books.rows.length,
      answers: countAnswers(traffic),
      lost: found.entries.lost.length,
      doubled: found.entries.doubled.length,
      estimates: found.entries.estimates,
      overspent,
      phantom: phantom.length,
      recoveryMs,
      settledMs,
      differences,
      directory: stage.directory,
    }
  } finally {
    await limits.stop()
    traffic.close()
    await stage.close(differences.length > 0)
  }
}

interface Found {
  readonly entries: EntryFindings
  readonly differences: readonly string[]
}

/** Compares until all agrees, or it is too late for that. */
async function settle(stage: Stage, traffic: Traffic): Promise<{ books: Books; found: Found }> {
  for (let comparisons = 1; ; comparisons++) {
    const store = await stage.site.open()
    const books = await readBooks(stage, store)
    await store.close()
    const found = compare(stage, books, traffic)
    if (found.differences.length === 0 || comparisons === MOST_COMPARISONS) return { books, found }
    await delay(COMPARE_EVERY_MS)
  }
}

function compare({ gateways }: Stage, books: Books, { sent }: Traffic): Found {
  const lived = gateways.filter(({ hasLived }) => hasLived).map(({ name }) => name)
  const witnesses: Witnesses = { sent, lived, hasAllLived: lived.length === gateways.length }
  const entries = compareEntries(books.entries, books.rows)
  const { count, amount } = books.held
  return {
    entries,
    differences: [
      ...(books.open === 0 ? [] : [`${books.open} requests are under way`]),
      ...(count === 0 && amount === 0n ? [] : [`${count} holds are left, of ${amount}`]),
      ...entries.lost.map((what) => `lost: ${what}`),
      ...entries.doubled.map((what) => `doubled: ${what}`),
      ...entries.wrong.map((what) => `wrong: ${what}`),
      ...compareAggregates(books),
      ...compareAccounts(books),
      ...comparePrometheus(books, witnesses),
      ...compareAnswers(books, witnesses),
    ],
  }
}

function countAnswers({ sent }: Traffic): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { answer } of sent.values()) {
    const name =
      answer.status === null ? 'none' : `${answer.status}${answer.code === null ? '' : ` ${answer.code}`}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}
