// One finished request into the series: additions in memory, and a handful of histogram observations.

import type { AttemptRecord, RequestRecord } from '../core/request-record.ts'
import { isReported, promptTokens } from '../core/usage.ts'
import type { Example } from './counted-histogram.ts'
import type { GenAiLabels, ModelLabels, ModelTable } from './model-series.ts'
import { NONE, type Series, type SeriesTable } from './series.ts'

/** The histograms. */
export interface AttemptTimes {
  request(seconds: number, example: Example | null): void
  overhead(seconds: number): void
  firstToken(labels: Record<keyof ModelLabels, string>, seconds: number, example: Example | null): void
  operation(labels: GenAiLabels, seconds: number, example: Example | null): void
  tokens(labels: GenAiLabels, count: number): void
}

export interface RecordTargets {
  readonly series: SeriesTable
  readonly models: ModelTable
  readonly times: AttemptTimes
}

export function recordInto({ series, models, times }: RecordTargets, record: RequestRecord): void {
  const { attempts, tier, team } = record
  const last = attempts.at(-1)
  const example = exampleOf(record)
  let ofLast: Series | null = null
  // Savings belong to the attempt that the baseline was computed from: the last one that was billed.
  let billed: Series | null = null
  for (const attempt of attempts) {
    const { provider, model } = attempt
    ofLast = series.at({ provider, model, tier, team })
    if (attempt.source !== null) {
      addUsage(ofLast, attempt)
      billed = ofLast
    }
    recordAttempt(models, times, { attempt, isStream: record.isStream, example })
  }
  if (billed !== null) billed.baseline += BigInt(record.baseline)
  ofLast ??= series.at({ provider: NONE, model: NONE, tier, team })
  ofLast.outcomes.set(record.outcome, (ofLast.outcomes.get(record.outcome) ?? 0) + 1)
  // Nobody measured a request that the sweep booked.
  if (record.outcome === 'expired') return
  times.request(seconds(record.endedAtMs - record.startedAtMs), example)
  if (last !== undefined) times.overhead(seconds(record.overheadMs))
}

function exampleOf({ trace, endedAtMs }: RequestRecord): Example | null {
  return trace === undefined ? null : { traceId: trace.traceId, atMs: endedAtMs }
}

function addUsage(series: Series, { source, cost, usage }: AttemptRecord): void {
  if (source === null) return
  series.spend.set(source, (series.spend.get(source) ?? 0n) + BigInt(cost.total))
  series.input += usage.freshInput
  series.cachedInput += usage.cacheRead
  series.cacheWrite += usage.cacheWrite + usage.cacheWriteLong
  series.output += usage.output - usage.reasoning
  series.reasoning += usage.reasoning
}

interface EndedAttempt {
  readonly attempt: AttemptRecord
  readonly isStream: boolean
  readonly example: Example | null
}

function recordAttempt(
  models: ModelTable,
  times: AttemptTimes,
  { attempt, isStream, example }: EndedAttempt,
): void {
  const { outcome, startedAtMs, firstByteAtMs, endedAtMs, source, usage } = attempt
  const model = models.at(attempt.provider, attempt.model)
  model.outcomes.set(outcome, (model.outcomes.get(outcome) ?? 0) + 1)
  if (outcome === 'expired') return
  times.operation(model.operation(outcome), seconds(endedAtMs - startedAtMs), example)
  // Content of an answer that is not streamed comes when all of it is there: that is no time to a first token.
  if (isStream && firstByteAtMs !== null)
    times.firstToken(model.labels, seconds(firstByteAtMs - startedAtMs), example)
  // The conventions want reported counts only.
  if (!isReported(source)) return
  times.tokens(model.inputTokens, promptTokens(usage))
  times.tokens(model.outputTokens, usage.output)
}

/** A clock that was set back must not make a negative duration. */
function seconds(ms: number): number {
  return Math.max(0, ms) / 1000
}
