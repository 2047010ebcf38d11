// After the client has its answer: the request is written down once, and whoever listens is told. Off the client's path.

import type { RequestRecord } from '../core/request-record.ts'
import { baselineOfAttempts } from './baseline.ts'
import type { Run } from './run.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'

/** Resolves when the request is booked, or nothing more can be done about it; never rejects. */
export async function settle(services: ChatServices, story: Story, run: Run): Promise<void> {
  const record = buildRequestRecord(services, story, run)
  services.listener.finished(record)
  try {
    await services.ledger.settle(record)
  } catch (error) {
    services.listener.notBooked(record, error)
  }
  // The lease goes on until the booking is safe: a process that dies before leaves a hold that the sweep books.
  services.leases.release(story.requestId)
}

function buildRequestRecord(services: ChatServices, story: Story, run: Run): RequestRecord {
  const { baseline, baselineModel } = run.baseline ?? baselineOfAttempts(services, story, run)
  return {
    ...story.payer,
    requestId: story.requestId,
    accounts: story.accounts,
    tags: story.tags,
    startedAtMs: story.startedAtMs,
    endedAtMs: services.clock.now(),
    requestedModel: story.request.model,
    tier: story.requirements.tier,
    isStream: story.request.isStream,
    outcome: run.outcome,
    status: run.status,
    attempts: run.attempts,
    baseline,
    baselineModel,
    overheadMs: story.stopwatch.elapsedMs,
    decision: story.decision,
    ...(story.trace === null ? {} : { trace: story.trace }),
  }
}
