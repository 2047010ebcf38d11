// A budget's alert as a webhook tells it: its name, its body, its signature (by the Standard Webhooks specification 1.0).

import { createHmac, hash } from 'node:crypto'
import { formatUsd } from '../../core/money.ts'
import type { TelemetryBudgetAlert } from '../listener.ts'

export interface WebhookEvent {
  /** The same for all processes that tell of the same thing. */
  readonly id: string
  /** JSON. */
  readonly body: string
  /** Until then nobody else tells of it. */
  readonly untilMs: number
}

/** What a budget without a period's end is told for at most. */
const LONGEST_MS = 366 * 86_400_000

export function buildBudgetEvent(alert: TelemetryBudgetAlert, nowMs: number): WebhookEvent {
  const { kind, scope, name, period, isHard, share, limit, spent, resetsAtMs } = alert
  const body = {
    type: kind === 'spent' ? 'budget.spent' : 'budget.refused',
    timestamp: new Date(nowMs).toISOString(),
    data: {
      scope,
      name,
      period,
      hard: isHard,
      share,
      // As text: a number of JSON is a double to most who read it.
      limit_usd: formatUsd(limit),
      spent_usd: formatUsd(spent),
      resets_at: resetsAtMs === null ? null : new Date(resetsAtMs).toISOString(),
    },
  }
  return {
    id: eventId(alert),
    body: JSON.stringify(body),
    untilMs: Math.min(resetsAtMs ?? Infinity, nowMs + LONGEST_MS),
  }
}

/**
 * A share is passed by one settlement, whose sum tells it from another passing after the budget was reset. A refusal is told
 * by each process, and is the same in all of them.
 */
function eventId({
  kind,
  scope,
  name,
  period,
  share,
  limit,
  spent,
  resetsAtMs,
}: TelemetryBudgetAlert): string {
  const parts = [kind, scope, name, period, resetsAtMs, limit, ...(kind === 'spent' ? [share, spent] : [])]
  return `evt_${hash('sha256', parts.join('\n'), 'hex').slice(0, 32)}`
}

export interface Signing {
  readonly secret: string
  readonly nowMs: number
}

/** `whsec_` marks a secret in Base64; any other is taken as it is. */
export function signedHeaders(
  { id, body }: Pick<WebhookEvent, 'id' | 'body'>,
  { secret, nowMs }: Signing,
): Record<string, string> {
  const seconds = String(Math.floor(nowMs / 1000))
  const key = secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret)
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${signature}`,
  }
}
