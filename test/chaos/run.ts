// npm run test:chaos: real gateways, real Redis, real faults, and then every book is compared to the picodollar.
//   --seed N           the same requests, the same moments (printed by every run)
//   --store NAME       redis, cluster or embedded only
//   --fault NAME       that fault only
//   --requests N       of all faults together

import { parseArgs } from 'node:util'
import { findRedis, thisMachine } from '../support/find-redis.ts'
import { FAULTS } from './faults.ts'
import { createSeededRandom } from './seeded-random.ts'
import { runSegment, type SegmentResult } from './segment.ts'
import { STORE_KINDS } from './store-site.ts'

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string' },
    store: { type: 'string' },
    fault: { type: 'string' },
    requests: { type: 'string', default: '24000' },
  },
})
const seed = Number(options.seed ?? Math.floor(Math.random() * 2 ** 32))

const { noCluster } = await findRedis(thisMachine())
if (noCluster !== null) throw new Error(noCluster)

const pairs = STORE_KINDS.filter((store) => options.store === undefined || store === options.store).flatMap(
  (store) =>
    FAULTS.filter(
      ({ stores, name }) => stores.includes(store) && (options.fault === undefined || name === options.fault),
    ).map((fault) => ({ store, fault })),
)
process.stdout.write(`seed ${seed}: ${pairs.length} runs\n`)
const results: SegmentResult[] = []
for (const { store, fault } of pairs) {
  const random = createSeededRandom(seed).fork(`${store} ${fault.name}`)
  const result = await runSegment({
    store,
    fault,
    random,
    requests: Math.ceil(Number(options.requests) / pairs.length),
  })
  results.push(result)
  tell(result)
}
const isWell = results.every(({ differences }) => differences.length === 0)
process.exitCode = isWell ? 0 : 1

function tell(result: SegmentResult): void {
  const {
    store,
    fault,
    requests,
    faults,
    billed,
    rows,
    answers,
    estimates,
    recoveryMs,
    settledMs,
    differences,
  } = result
  process.stdout.write(
    `${store} ${fault}: ${requests} requests, ${faults} faults, ${billed} billed, ${rows} rows, ${estimates.length} estimated, ` +
      `recovered in ${recoveryMs.map(Math.round).join(' ')} ms, books right after ${Math.round(settledMs)} ms, ` +
      `${JSON.stringify(Object.fromEntries(answers))}\n`,
  )
  for (const difference of differences.slice(0, 20)) process.stdout.write(`  ${difference}\n`)
  if (differences.length > 0)
    process.stdout.write(`  ${differences.length} differences; logs: ${result.directory}\n`)
}
