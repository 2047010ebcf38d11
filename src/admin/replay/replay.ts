// Logged requests one by one under other prices and rules, added up: what they cost, what they would cost on the routes that
// they took, and what they would cost where they would go now. Sums are whole picodollars.

import { usdFromPico } from '../../core/money.ts'
import { decisionVersion } from '../../routing/decision.ts'
import { type Change, type Compared, createReroute, type Rerouted } from './reroute.ts'
import type { TrafficPage } from './traffic.ts'

export interface Replay {
  add(page: TrafficPage): void
  report(): ReplayReport
}

export type ReplayReport = ReturnType<typeof buildReport>

interface Move {
  requests: number
  recorded: bigint
  rerouted: bigint
}

/** What was counted so far. */
interface Tally {
  compared: number
  moved: number
  unbilled: number
  estimated: number
  undecided: number
  otherCatalog: number
  unknown: number
  recorded: bigint
  sameRoutes: bigint
  rerouted: bigint
  atLeast: bigint
  refused: number
  refusedCost: bigint
  /** By the routes before and after, of requests that moved. */
  readonly moves: Map<string, Move>
  oldestMs: number | null
  newestMs: number | null
}

export function createReplay(change: Change): Replay {
  const reroute = createReroute(change)
  const tally: Tally = {
    compared: 0,
    moved: 0,
    unbilled: 0,
    estimated: 0,
    undecided: 0,
    otherCatalog: 0,
    unknown: 0,
    recorded: 0n,
    sameRoutes: 0n,
    rerouted: 0n,
    atLeast: 0n,
    refused: 0,
    refusedCost: 0n,
    moves: new Map(),
    oldestMs: null,
    newestMs: null,
  }
  return {
    add({ data, routes }) {
      const lists = new Map(Object.entries(routes))
      for (const row of data) {
        const version = decisionVersion(row.decision)
        if (version !== change.before.catalog.version) tally.otherCatalog++
        count(tally, reroute(row, version === null ? null : (lists.get(version) ?? null)))
        tally.newestMs = Math.max(tally.newestMs ?? row.startedAtMs, row.startedAtMs)
        tally.oldestMs = Math.min(tally.oldestMs ?? row.startedAtMs, row.startedAtMs)
      }
    },
    report: () => buildReport(change, tally),
  }
}

function count(tally: Tally, one: Rerouted): void {
  if (one.kind === 'unbilled') tally.unbilled++
  else if (one.kind === 'refused') {
    tally.refused++
    tally.refusedCost += BigInt(one.recorded)
  } else countCompared(tally, one)
}

function countCompared(tally: Tally, one: Compared): void {
  tally.compared++
  tally.recorded += BigInt(one.recorded)
  tally.sameRoutes += BigInt(one.sameRoutes)
  tally.rerouted += BigInt(one.rerouted)
  tally.atLeast += BigInt(one.atLeast)
  if (one.isEstimated) tally.estimated++
  if (!one.isDecided) tally.undecided++
  if (one.atLeast < one.rerouted) tally.unknown++
  if (one.from === one.to) return
  tally.moved++
  // No id of a route has white space in it.
  const key = `${one.from} ${one.to}`
  let move = tally.moves.get(key)
  if (move === undefined) tally.moves.set(key, (move = { requests: 0, recorded: 0n, rerouted: 0n }))
  move.requests++
  move.recorded += BigInt(one.recorded)
  move.rerouted += BigInt(one.rerouted)
}

function buildReport({ before, after }: Change, tally: Tally) {
  const { recorded, sameRoutes, rerouted, atLeast } = tally
  return {
    object: 'replay' as const,
    from: tally.oldestMs === null ? null : new Date(tally.oldestMs).toISOString(),
    to: tally.newestMs === null ? null : new Date(tally.newestMs).toISOString(),
    catalog_version: { before: before.catalog.version, after: after.catalog.version },
    requests: {
      compared: tally.compared,
      moved: tally.moved,
      /** Nobody could serve them any more. In none of the sums. */
      refused: tally.refused,
      unbilled: tally.unbilled,
      /** Their tokens, or some of them, are an estimate. */
      estimated: tally.estimated,
      /** Without a decision that can be read: they stay on their routes. */
      undecided: tally.undecided,
      /** Decided under another catalogue than the one before the change. */
      of_other_catalog: tally.otherCatalog,
      /** A cheaper route may have been able to serve them, or not. */
      unknown: tally.unknown,
    },
    recorded_usd: usdFromPico(recorded),
    same_routes_usd: usdFromPico(sameRoutes),
    rerouted_usd: usdFromPico(rerouted),
    difference_usd: usdFromPico(rerouted - recorded),
    difference_percent: recorded === 0n ? null : (Number(rerouted - recorded) / Number(recorded)) * 100,
    /** With every route that may have been able to serve a request. */
    at_least_usd: usdFromPico(atLeast),
    refused_usd: usdFromPico(tally.refusedCost),
    moves: listMoves(tally.moves),
  }
}

/** What makes most of the difference comes first. */
function listMoves(moves: Tally['moves']) {
  return [...moves]
    .toSorted(([, one], [, other]) => Number(size(other) - size(one)))
    .map(([key, { requests, recorded, rerouted }]) => {
      const [from = '', to = ''] = key.split(' ')
      return {
        from,
        to,
        requests,
        recorded_usd: usdFromPico(recorded),
        rerouted_usd: usdFromPico(rerouted),
        difference_usd: usdFromPico(rerouted - recorded),
      }
    })
}

function size({ recorded, rerouted }: Move): bigint {
  return rerouted > recorded ? rerouted - recorded : recorded - rerouted
}
