// npm run bench: the gateway with everything on (keys, routing over four providers, hold and settle in the embedded
// store, metering, metrics, log line) against a bare Fastify + undici proxy. All run at once and are loaded in turns, a few
// seconds each, so that a machine whose speed changes changes it for all; ratios are those of neighbouring turns.
//   --turns 5 --seconds 6 --rate 200 --bytes 1024 --model auto --warm-up 60000

import { parseArgs } from 'node:util'
import { createLoad, type Load } from './load.ts'
import { startBareProxy, startGateway, startProvider, stepAside, type Target } from './targets.ts'

const { values: options } = parseArgs({
  options: {
    turns: { type: 'string', default: '5' },
    /** Of a turn. Short ones count the collection of what the turn before left. */
    seconds: { type: 'string', default: '6' },
    rate: { type: 'string', default: '200' },
    bytes: { type: 'string', default: '1024' },
    model: { type: 'string', default: 'auto' },
    /** Requests to each target before anything is measured: V8 goes on compiling for long, and a gateway runs for days. */
    'warm-up': { type: 'string', default: '60000' },
  },
})

const CONNECTIONS = 32
const TURN_SECONDS = Number(options.seconds)
/** What was begun by the turn before must not be counted in this one. */
const PAUSE_MS = 150

interface Turn {
  readonly latencies: readonly number[]
  /** Microseconds of CPU per request, which is seconds per million and milliseconds per thousand. */
  readonly cpuPerRequest: number
}

interface Loaded {
  readonly target: Target
  readonly load: Load
}

interface Measure {
  readonly name: string
  run(load: Load): Promise<readonly number[]>
}

async function takeTurn({ target, load }: Loaded, measure: Measure): Promise<Turn> {
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  const before = target.cpuSeconds()
  const latencies = await measure.run(load)
  // With what is done after the answer: booking, metrics, the log.
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  return { latencies, cpuPerRequest: ((target.cpuSeconds() - before) / latencies.length) * 1e6 }
}

function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

const median = (numbers: readonly number[]): number => quantile(numbers, 0.5)

async function warmUp({ load, target }: Loaded): Promise<void> {
  for (let sent = 0; sent < Number(options['warm-up']); ) sent += (await load.saturate(1)).length
  process.stderr.write(`${target.name} is warm\n`)
}

async function main(): Promise<void> {
  stepAside()
  const direct = await startProvider()
  const targets = [direct, await startBareProxy(direct.url), await startGateway(direct.url)]
  const loadOptions = { model: options.model, bytes: Number(options.bytes), connections: CONNECTIONS }
  const loaded = targets.map((target) => ({ target, load: createLoad(target, loadOptions) }))
  for (const one of loaded) await warmUp(one)
  const rate = Number(options.rate)
  const measures: readonly Measure[] = [
    { name: `${rate} requests/s`, run: (load) => load.atRate(rate, TURN_SECONDS) },
    { name: `saturated, ${CONNECTIONS} connections`, run: (load) => load.saturate(TURN_SECONDS) },
  ]
  for (const measure of measures) {
    const turns = new Map<Target, Turn[]>(targets.map((target) => [target, []]))
    for (let turn = 0; turn < Number(options.turns); turn++) {
      for (const one of turn % 2 === 0 ? loaded : loaded.toReversed())
        turns.get(one.target)?.push(await takeTurn(one, measure))
    }
    report(measure.name, turns)
  }
  for (const { load } of loaded) await load.close()
  for (const target of targets.toReversed()) await target.stop()
}

function report(name: string, turns: ReadonlyMap<Target, readonly Turn[]>): void {
  const [direct = [], bare = []] = turns.values()
  console.log(
    `\n${name}, ${options.bytes} byte prompts, medians of ${options.turns} turns of ${TURN_SECONDS} s`,
  )
  console.log('target        CPU ms/1,000   x bare   requests/s   p50 ms (added)    p99 ms (added)')
  for (const [target, own] of turns) {
    const ratio = median(own.map((turn, at) => turn.cpuPerRequest / (bare[at]?.cpuPerRequest ?? Number.NaN)))
    const cell = (share: number): string => {
      const ms = median(own.map(({ latencies }) => quantile(latencies, share)))
      const added = median(
        own.map(
          ({ latencies }, at) => quantile(latencies, share) - quantile(direct[at]?.latencies ?? [], share),
        ),
      )
      return `${ms.toFixed(2)} (${added < 0 ? '' : '+'}${added.toFixed(2)})`
    }
    const cpu = median(own.map(({ cpuPerRequest }) => cpuPerRequest))
    const perSecond = median(own.map(({ latencies }) => latencies.length / TURN_SECONDS))
    console.log(
      [
        target.name.padEnd(14),
        target === [...turns.keys()][0]
          ? ''.padEnd(23)
          : `${cpu.toFixed(0).padStart(12)}   ${ratio.toFixed(2).padStart(6)}  `,
        perSecond.toFixed(0).padStart(11),
        cell(0.5).padStart(17),
        cell(0.99).padStart(18),
      ].join(''),
    )
  }
}

await main()
