// What an attempt teaches: whether its route works, what its provider will still take, how fast it is, how its provider
// counts tokens, how much it writes, and what its cache now holds.

import type { AttemptRecord } from '../core/request-record.ts'
import { promptTokens } from '../core/usage.ts'
import { readAllowance } from '../providers/allowance.ts'
import type { PlannedRoute } from '../routing/plan.ts'
import type { AttemptEnd } from './attempt.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'

export interface Lesson {
  readonly planned: PlannedRoute
  readonly end: AttemptEnd
  readonly record: AttemptRecord
}

export function learnFrom(
  { circuits, allowances, learning }: ChatServices,
  story: Story,
  { planned, end, record }: Lesson,
): void {
  const { route, place } = planned
  const allowance = readAllowance(route.provider, end.headers, end.endedAtMs)
  if (allowance !== null) allowances.observe(route, allowance)
  const { startedAtMs } = record
  if (end.failure !== null) circuits.failed(route, end.failure, startedAtMs)
  else if (end.isWhole) circuits.succeeded(route, startedAtMs)
  else circuits.released(route, startedAtMs)

  if (record.firstByteAtMs !== null)
    learning.latencies.observe(route.id, record.firstByteAtMs - record.startedAtMs)
  // Several passes over the prompt, or another model's, say nothing of how this one counts.
  if (!end.isWhole || end.reader?.usage === undefined || end.reader.usage.byModel !== undefined) return
  const { usage } = record
  const { profile, output, cache, recalledBytes } = story.requirements
  // What was given back stands in the prompt, and not in the profile of what the client sent.
  if ((recalledBytes?.[place] ?? 0) === 0)
    learning.tokens.observe(route.tokenizer, profile, promptTokens(usage))
  // A part of an answer says nothing about the length of answers.
  if (story.request.features.lastTurn !== 'continued') learning.output.observe(place, output, usage.output)
  learning.cache.observe(route, cache, { usage, atMs: record.startedAtMs })
}
