// One attempt with all that belongs to it: built in the provider's dialect, sent, relayed as it comes, metered, and learned
// from.

import type { Catalog } from '../catalog/catalog.ts'
import type { PriceSchedule } from '../catalog/price-schedule.ts'
import type { AttemptFailure } from '../core/failure.ts'
import type { AttemptRecord } from '../core/request-record.ts'
import type { Route } from '../core/route.ts'
import type { ProviderAnswer } from '../providers/provider.ts'
import { askedTier } from '../routing/estimate.ts'
import type { PlannedRoute } from '../routing/plan.ts'
import { AssembledAnswer } from './assembled-answer.ts'
import { type AttemptEnd, runAttempt } from './attempt.ts'
import { BufferedAnswer } from './buffered-answer.ts'
import type { ReplyHeaders } from './client-reply.ts'
import { FILTERED } from './content-filter.ts'
import type { Answer } from './deliver.ts'
import { findMisfit, MISFIT, type Misfit } from './find-misfit.ts'
import { learnFrom } from './learn.ts'
import { meterAttempt } from './meter.ts'
import { turnsFor } from './recalled-turns.ts'
import { createRelayedAnswer, type RelayedAnswer } from './relayed-answer.ts'
import { routeHeaders } from './reply.ts'
import type { ChatServices, ProviderEndpoint } from './services.ts'
import type { Story } from './story.ts'
import type { Transcript } from './transcript.ts'

export interface Tried {
  /** `interrupted`: failed after content had gone to the client. */
  readonly end: 'answered' | 'interrupted' | 'failed' | 'client_gone'
  readonly failure: AttemptFailure | null
  readonly record: AttemptRecord
  readonly headers: ReplyHeaders
  /** Set where the answer does not fit its JSON schema. */
  readonly misfit: Misfit | null
  /** What is left to deliver of a complete answer, or could be delivered of one that the content filter ended. */
  readonly answer: Answer | null
}

export interface Try {
  readonly planned: PlannedRoute
  /** Attempts made before this one. */
  readonly before: readonly AttemptRecord[]
  /** What the client has got of the stream, where another attempt may go on with it. */
  readonly transcript: Transcript | null
  /** Whether this one goes on with it. */
  readonly goesOn: boolean
}

export async function tryRoute(
  services: ChatServices,
  story: Story,
  { planned, before, transcript, goesOn }: Try,
): Promise<Tried> {
  const { route } = planned
  const endpoint = endpointOf(services, story, planned)
  const upstreamRequest = endpoint.provider.buildRequest(story.request, {
    route,
    outputCap: planned.outputCap,
    recalled: turnsFor(services.providers, story, route),
    // What is written has been thought about.
    mayThink: !goesOn || transcript?.text === '',
  })
  const headers = routeHeaders({
    provider: route.provider,
    model: route.model,
    tier: route.tier,
    attempts: before.length + 1,
    estimatedCost: planned.expectedCost,
    dropped: upstreamRequest.dropped,
  })
  const startedAtMs = services.clock.now()
  const { client } = story
  let whole: BufferedAnswer | AssembledAnswer | undefined
  let relayed: RelayedAnswer | undefined

  services.allowances.sent(route, planned.usage)
  story.stopwatch.stop()
  const exchanged = await runAttempt(services.upstream, {
    endpoint,
    request: upstreamRequest,
    deadlines: remaining(endpoint, startedAtMs - story.startedAtMs),
    client,
    now: () => services.clock.now(),
    createReader(onFull) {
      const { isStream, toolNames } = upstreamRequest
      const options = {
        provider: endpoint.provider,
        request: story.request,
        startedAtMs,
        toolNames,
        withholdsFiltered: story.caller.onContentFilter === 'next',
        keepsTurn: keepsTurn(services, story, endpoint),
      }
      if (!story.request.isStream)
        return (whole = isStream ? new AssembledAnswer(options) : new BufferedAnswer(options))
      const open = (): void => (goesOn ? undefined : client.open(headers))
      return (relayed = createRelayedAnswer({ ...options, client, open, transcript, onFull }))
    },
  })
  story.stopwatch.start()

  const { end, misfit } = await holdAgainstSchema(services, story, {
    route,
    end: exchanged,
    answer: whole?.answer,
  })
  const number = before.length + 1
  const { isStream } = upstreamRequest
  const record = buildRecord(services, story, {
    planned,
    end,
    number,
    startedAtMs,
    isStream,
    hidesReasoning: endpoint.provider.hidesReasoning && route.reasons,
  })
  learnFrom(services, story, { planned, end, record })
  // Before the client has it all: its next turn may come at once.
  if (end.kind === 'answered') keepTurn(services, story, { planned, end })
  const isInterrupted = end.kind === 'failed' && end.reader?.hasReachedClient === true
  const content = whole?.answer ?? relayed
  const usage = { told: record.usage, asOne: { usage: record.usage, route: record } }
  const isWhole = end.kind === 'answered' || end.failure === FILTERED
  return {
    end: isInterrupted ? 'interrupted' : end.kind,
    failure: end.failure,
    record,
    headers,
    misfit,
    answer: isWhole && content !== undefined ? { content, headers, usage, transcript: null } : null,
  }
}

interface Exchanged {
  readonly route: Route
  readonly end: AttemptEnd
  readonly answer: ProviderAnswer | undefined
}

async function holdAgainstSchema(
  services: ChatServices,
  story: Story,
  { route, end, answer }: Exchanged,
): Promise<{ readonly end: AttemptEnd; readonly misfit: Misfit | null }> {
  if (end.kind !== 'answered' || answer === undefined) return { end, misfit: null }
  const misfit = await findMisfit(services, story, { route, answer })
  return misfit === null ? { end, misfit } : { end: { ...end, kind: 'failed', failure: MISFIT }, misfit }
}

function endpointOf(services: ChatServices, { request }: Story, { route }: PlannedRoute): ProviderEndpoint {
  const endpoint = services.endpoints.get(route.provider)
  if (endpoint === undefined) throw new Error(`a plan with a provider that is off: ${route.provider}`)
  return { ...endpoint, provider: services.providers.for(route, request) }
}

/** The total deadline is the request's, not the attempt's. */
function remaining({ deadlines }: ProviderEndpoint, elapsedMs: number): ProviderEndpoint['deadlines'] {
  const totalMs = Math.max(1, deadlines.totalMs - elapsedMs)
  return { ...deadlines, totalMs }
}

function keepsTurn({ turns }: ChatServices, { request }: Story, { provider }: ProviderEndpoint): boolean {
  return turns.isOn && provider.wantsTurnsOf !== null && request.features.toolCount > 0
}

function keepTurn(
  { turns }: ChatServices,
  { request, caller }: Story,
  { planned: { route }, end }: Pick<RecordInput, 'planned' | 'end'>,
): void {
  const { provider, model } = route
  const parts = end.reader?.turn ?? []
  if (parts.length > 0) turns.keep({ request, seal: caller.seal, provider, model, parts })
}

/** Null where none is in force. An answer may name the day of a model's making, which the catalogue leaves out. */
function pricesOf(catalog: Catalog, modelId: string, atMs: number): PriceSchedule | null {
  const model = catalog.model(modelId) ?? catalog.model(modelId.replace(/-\d{8}$/, ''))
  const prices = model?.prices ?? null
  return prices?.segmentAt(atMs) == null ? null : prices
}

interface RecordInput {
  readonly planned: PlannedRoute
  /** Whether the answer comes as it is made. */
  readonly isStream: boolean
  readonly hidesReasoning: boolean
  readonly end: AttemptEnd
  readonly number: number
  readonly startedAtMs: number
}

/** Providers' reasons are kept to this length: enough to act on. */
const MAX_REASON_LENGTH = 300

function buildRecord(
  { catalog }: ChatServices,
  story: Story,
  { planned, end, number, startedAtMs, isStream, hidesReasoning }: RecordInput,
): AttemptRecord {
  const { route } = planned
  const prices = catalog.prices(route)
  if (prices === null) throw new Error(`a plan with a route that has no price: ${route.id}`)
  const metered = meterAttempt({
    end,
    prices,
    pricesOf: (model) => pricesOf(catalog, `${route.provider}/${model}`, startedAtMs),
    askedTier: askedTier(route, story.requirements),
    isStream,
    hidesReasoning,
    startedAtMs,
    expected: planned.usage,
  })
  return {
    attemptId: `${story.requestId}.${number}`,
    route: route.id,
    provider: route.provider,
    model: route.model,
    effort: route.effort,
    startedAtMs,
    firstByteAtMs: end.firstByteAtMs,
    endedAtMs: end.endedAtMs,
    outcome:
      end.kind === 'answered'
        ? 'success'
        : end.kind === 'client_gone'
          ? 'client_gone'
          : (end.failure?.class ?? 'malformed'),
    status: end.status,
    reason: end.failure === null ? null : end.failure.message.slice(0, MAX_REASON_LENGTH),
    usage: metered.usage,
    source: metered.source,
    cost: metered.cost,
  }
}
