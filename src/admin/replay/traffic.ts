// Logged requests as a replay reads them: page by page, newest first, with what was decided and what was used, and no more.

import { z } from 'zod'
import { strictInput } from '../../access/strict-input.ts'
import type { Clock } from '../../core/clock.ts'
import type { AttemptRecord, RequestRecord } from '../../core/request-record.ts'
import { TIERS } from '../../core/tier.ts'
import type { LedgerStore } from '../../ledger/store.ts'
import { decisionVersion } from '../../routing/decision.ts'
import { fromStore } from '../from-store.ts'
import { parseInput } from '../parse-input.ts'
import { readPeriod } from '../period.ts'

const count = z.number().min(0)
const pico = z.int().min(0)

const attempt = z.object({
  route: z.string(),
  startedAtMs: z.number(),
  outcome: z.string(),
  usage: z.object({
    freshInput: count,
    cacheRead: count,
    cacheWrite: count,
    cacheWriteLong: count,
    output: count,
    reasoning: count,
  }),
  /** Null: nothing was billed. */
  source: z.enum(['provider', 'drained', 'estimated']).nullable(),
  /** Picodollars. */
  cost: pico,
})

const row = z.object({
  id: z.string(),
  startedAtMs: z.number(),
  requestedModel: z.string(),
  tier: z.enum(TIERS),
  decision: z.string(),
  attempts: z.array(attempt),
})

/** A page of `GET /admin/traffic`; read by the command line from a gateway that may be of another version. */
const trafficPage = z.object({
  data: z.array(row),
  /** Ids of the routes that decisions name by their place, by the version that they begin with. */
  routes: z.record(z.string(), z.array(z.string())),
  next_cursor: z.string().nullable(),
})

export type TrafficRow = z.infer<typeof row>
export type TrafficAttempt = z.infer<typeof attempt>
export type TrafficPage = z.infer<typeof trafficPage>

const once = z
  .string('must be given once')
  .min(1, 'must not be empty')
  .max(300, 'is longer than 300 characters')
const querySchema = strictInput(
  { from: once.exactOptional(), to: once.exactOptional(), cursor: once.exactOptional() },
  { wanted: 'The query must be an object' },
)

/** Some megabyte of JSON. */
const PAGE = 1_000

/** Throws where another version answers with something else. */
export function readTrafficPage(answer: unknown): TrafficPage {
  const parsed = trafficPage.safeParse(answer)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new Error(
    `the gateway did not answer with logged requests: ${issue?.path.join('.')} ${issue?.message}`,
  )
}

export type ReadTraffic = (query: unknown) => Promise<TrafficPage>

export function createTraffic(ledger: Pick<LedgerStore, 'requests' | 'routes'>, clock: Clock): ReadTraffic {
  const known = new Map<string, readonly string[] | null>()
  const routesOf = async (version: string): Promise<readonly string[] | null> => {
    let ids = known.get(version) ?? null
    if (ids === null) known.set(version, (ids = await fromStore(ledger.routes(version))))
    return ids
  }
  return async (query) => {
    const { cursor, ...period } = parseInput(querySchema, query)
    const { fromMs, toMs } = readPeriod(period, clock.now())
    const page = await fromStore(
      ledger.requests({ fromMs, toMs, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) }),
    )
    const versions = new Set(page.records.map(({ decision }) => decisionVersion(decision)))
    const routes: Record<string, string[]> = {}
    for (const version of versions) {
      const ids = version === null ? null : await routesOf(version)
      if (version !== null && ids !== null) routes[version] = [...ids]
    }
    return { data: page.records.map(viewRow), routes, next_cursor: page.nextCursor }
  }
}

function viewRow(record: RequestRecord): TrafficRow {
  const { requestId, startedAtMs, requestedModel, tier, decision, attempts } = record
  return { id: requestId, startedAtMs, requestedModel, tier, decision, attempts: attempts.map(viewAttempt) }
}

function viewAttempt({ route, startedAtMs, outcome, usage, source, cost }: AttemptRecord): TrafficAttempt {
  return { route, startedAtMs, outcome, usage, source, cost: cost.total }
}
