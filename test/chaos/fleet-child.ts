// The process of the simulated providers: it survives every gateway, and its books are what must be paid.

import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { systemClock } from '../../src/core/clock.ts'
import { modelsOfCatalog } from '../../src/simulator/catalog-models.ts'
import { type Fleet, startFleet } from '../../src/simulator/fleet.ts'
import type { FleetAnswer, FleetCall, FleetOrder, FleetState } from './fleet-protocol.ts'

/** Fast, and yet long enough for something to be under way at any moment. */
const LATENCY = { firstByteMs: 8, chunkMs: 1 }
/** How the traffic names its requests inside of their prompts. */
const REFERENCE = /\[\[(\d+)\]\]/

const fleet = await startFleet({
  models: modelsOfCatalog(parse(readFileSync('config/catalog.yaml', 'utf8'))),
  clock: systemClock,
  readReference: (body) => REFERENCE.exec(JSON.stringify(body))?.[1] ?? null,
})
for (const provider of Object.values(fleet.providers)) provider.setLatency(LATENCY)

function obey(order: FleetOrder): void {
  switch (order.kind) {
    case 'books':
      return
    case 'push':
      return fleet.providers[order.provider].faults.push(...order.faults)
    case 'clear':
      for (const { faults } of Object.values(fleet.providers)) faults.clear()
      return
    default:
      throw new Error(`not an order: ${JSON.stringify(order satisfies never)}`)
  }
}

function readState({ environment, providers, ...rest }: Fleet, wantsBooks: boolean): FleetState {
  const open = Object.values(providers).reduce((sum, { openStreams }) => sum + openStreams, 0)
  return { environment, entries: wantsBooks ? rest.books().entries : [], open }
}

process.on('message', ({ id, order }: FleetCall) => {
  obey(order)
  const answer: FleetAnswer = { id, state: readState(fleet, order.kind === 'books') }
  process.send?.(answer)
})
// Whoever started it is gone.
process.on('disconnect', () => process.exit(0))
