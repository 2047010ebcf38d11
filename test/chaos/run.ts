// npm run test:chaos: real gateways, real Redis, real faults, and then every book is compared to the picodollar.
//   --seed N           the same requests, the same moments (printed by every run)
//   --store NAME       redis, cluster or embedded only
//   --fault NAME       that fault only, or nearly-empty-budget
//   --requests N       at least so many, over all faults together
//   --write            writes what was measured into docs/reliability.md
// SIGTERM ends the fault that is under way and reports.

import { cpus, loadavg } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ensureCommands } from '../support/debian-commands.ts'
import { findRedis, thisMachine } from '../support/find-redis.ts'
import { type AdmissionCost, measureAdmission } from './admission-cost.ts'
import { FAULTS } from './faults.ts'
import { meetNearlyEmptyBudget, type NearlyEmpty } from './nearly-empty-budget.ts'
import { formatReport, type Measured, writeReport } from './report.ts'
import { createSeededRandom, type SeededRandom } from './seeded-random.ts'
import { runSegment, type SegmentResult } from './segment.ts'
import { STORE_KINDS, type StoreKind } from './store-site.ts'

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string' },
    store: { type: 'string' },
    fault: { type: 'string' },
    requests: { type: 'string', default: '24000' },
    write: { type: 'boolean', default: false },
  },
})
const HOUR_MS = 3_600_000
/** Longer than one fault takes. */
const MARGIN_MS = 90_000
const BUDGETS = [0, 1, 3]

/** Asked to stop, it ends the fault that is under way and reports what it has. */
const stopping = new AbortController()
process.once('SIGTERM', () => stopping.abort())
// Each process and each server is ended when this one ends.
process.setMaxListeners(0)

/** Prices change on the hour: a request that gateway and provider see on two sides of one would be two different bills. */
async function waitForCalm(): Promise<void> {
  const left = HOUR_MS - (Date.now() % HOUR_MS)
  if (left < MARGIN_MS) await delay(left + 1_000)
}

/** A thousand requests at once on one budget: no fault, and named like one. */
const NEARLY_EMPTY = 'nearly-empty-budget'
const NAMES = `--store ${STORE_KINDS.join(', ')}; --fault ${[...FAULTS.map(({ name }) => name), NEARLY_EMPTY].join(', ')}`

/** Faults whose run did not come to an end. */
const broken: string[] = []

const say = (line: string): void => void process.stdout.write(`${line}\n`)

function tell(result: SegmentResult): void {
  const { store, fault, requests, faults, billed, rows, answers, estimates, recoveryMs, settledMs } = result
  const recovered = recoveryMs.map(Math.round).join(', ')
  say(
    `${store} ${fault}: ${requests} requests, ${faults} faults, ${billed} billed, ${rows} rows, ${estimates.length} estimated; ` +
      `serves again after ${recovered === '' ? '-' : recovered} ms, books right after ${Math.round(settledMs)} ms`,
  )
  say(`  ${[...answers].map(([name, count]) => `${name}: ${count}`).join(', ')}`)
  for (const difference of result.differences.slice(0, 20)) say(`  DIFFERENCE ${difference}`)
  if (result.differences.length > 0)
    say(`  ${result.differences.length} differences; logs in ${result.directory}`)
}

async function runFaults(
  random: SeededRandom,
  stores: readonly StoreKind[],
): Promise<readonly SegmentResult[]> {
  const faults = FAULTS.filter(({ name }) => options.fault === undefined || name === options.fault)
  const pairs = faults.flatMap((fault) =>
    stores.filter((store) => fault.stores.includes(store)).map((store) => ({ store, fault })),
  )
  if (options.fault === NEARLY_EMPTY && stores.length > 0) return []
  if (pairs.length === 0) throw new Error(`there is no such fault on such a store: ${NAMES}`)
  const requests = Math.ceil(Number(options.requests) / pairs.length)
  const results: SegmentResult[] = []
  for (const { store, fault } of pairs) {
    if (stopping.signal.aborted) break
    await waitForCalm()
    const one = random.fork(`${store} ${fault.name}`)
    try {
      const result = await runSegment({ store, fault, random: one, requests })
      results.push(result)
      tell(result)
    } catch (error) {
      // The others are worth knowing; what could not be compared is no success.
      broken.push(`${store} ${fault.name}: ${String(error)}`)
      say(`  BROKEN ${broken.at(-1)}`)
    }
  }
  return results
}

async function runNearlyEmpty(
  random: SeededRandom,
  stores: readonly StoreKind[],
): Promise<readonly NearlyEmpty[]> {
  const results: NearlyEmpty[] = []
  for (const store of stores) {
    await waitForCalm()
    const result = await meetNearlyEmptyBudget(store, random.fork(`${store} nearly empty`))
    results.push(result)
    say(
      `${store} nearly empty budget: ${result.served} served, ${result.refused} refused, ${result.spent} of ${result.limit} spent`,
    )
    for (const difference of result.differences) say(`  DIFFERENCE ${difference}`)
  }
  return results
}

async function measureAll(): Promise<readonly AdmissionCost[]> {
  const costs: AdmissionCost[] = []
  for (const budgets of BUDGETS) costs.push(await measureAdmission(budgets))
  return costs
}

async function main(): Promise<void> {
  const machine = thisMachine()
  const { noCluster } = await findRedis(machine)
  const faketime = await ensureCommands(machine, {
    commands: ['faketime'],
    packages: ['faketime', 'libfaketime'],
  })
  if (noCluster !== null) throw new Error(noCluster)
  if (faketime !== 'there') throw new Error(`The clock faults need libfaketime. ${faketime.problem}`)
  const seed = Number(options.seed ?? Math.floor(Math.random() * 2 ** 32))
  const stores = STORE_KINDS.filter((store) => options.store === undefined || store === options.store)
  say(`seed ${seed}`)
  const random = createSeededRandom(seed)
  const isWhole = options.fault === undefined
  const measured: Measured = {
    seed,
    atMs: Date.now(),
    machine: `${cpus().length} cores with a load of ${loadavg()[1]?.toFixed(0)} before the start, Node ${process.versions.node}`,
    segments: await runFaults(random, stores),
    nearlyEmpty: isWhole || options.fault === NEARLY_EMPTY ? await runNearlyEmpty(random, stores) : [],
    admission: isWhole ? await measureAll() : [],
  }
  say(`\n${formatReport(measured)}`)
  if (options.write && broken.length === 0) writeReport(measured)
  const differences = [...measured.segments, ...measured.nearlyEmpty].flatMap((one) => one.differences)
  process.exitCode = differences.length + broken.length === 0 ? 0 : 1
}

await main()
