// Told what happened to a request, after it happened: counts it and logs it. Never throws, because nothing that only
// watches may fail a request.

import type { ErrorKind } from '../core/errors.ts'
import type { CircuitScope, FailureClass } from '../core/failure.ts'
import { usdFromPico } from '../core/money.ts'
import type { RequestOutcome, RequestRecord } from '../core/request-record.ts'
import type { Log } from './logger.ts'
import type { Metrics } from './metrics.ts'
import { attemptLogFields, isFailed, requestLogFields } from './request-log.ts'

export interface TelemetryListener {
  finished(record: RequestRecord): void
  /** A request, counted once as finished, whose estimate had been counted before: here, or by the sweep of another process. */
  corrected(record: RequestRecord): void
  notBooked(record: RequestRecord, error: unknown): void
  refused(refusal: TelemetryRefusal): void
  /** A circuit opened that a person has to see to. */
  alerted(alert: TelemetryAlert): void
  /** A budget passed a share of its limit, or refused for the first time in its period. */
  budgetAlerted(alert: TelemetryBudgetAlert): void
}

export interface TelemetryBudgetAlert {
  readonly kind: 'spent' | 'refused'
  readonly scope: string
  readonly name: string
  readonly period: string
  readonly isHard: boolean
  readonly share: number | null
  readonly limit: bigint
  readonly spent: bigint
  readonly resetsAtMs: number | null
}

export interface TelemetryAlert {
  readonly scope: CircuitScope
  readonly provider: string
  readonly model: string
  readonly because: FailureClass
  readonly status: number | null
  readonly code: string | null
  readonly untilMs: number
}

export interface TelemetryRefusal {
  readonly requestId: string
  readonly kind: ErrorKind
  readonly keyId: string | null
  readonly team: string | null
  readonly cause: unknown
}

export interface TelemetryOptions {
  readonly metrics: Metrics
  readonly log: Pick<Log, 'logger' | 'line'>
  /** Whether each request gets a line; failed attempts and lost bookings always do. */
  readonly logsRequests: boolean
}

export function createTelemetryListener({ metrics, log, logsRequests }: TelemetryOptions): TelemetryListener {
  const { logger } = log
  const safely = (tell: () => void): void => {
    try {
      tell()
    } catch (error) {
      logger.error({ err: error }, 'telemetry failed')
    }
  }
  return {
    finished: (record) =>
      safely(() => {
        metrics.recordRequest(record)
        for (const attempt of record.attempts) {
          if (isFailed(attempt)) logger.warn(attemptLogFields(record, attempt), 'attempt failed')
        }
        if (logsRequests) log.line(LEVELS[record.outcome], requestLogFields(record), 'request finished')
      }),
    corrected: (record) =>
      safely(() => {
        metrics.recordCorrection(record)
        logger.warn(requestLogFields(record), 'estimate replaced')
      }),
    notBooked: (record, error) =>
      safely(() => {
        metrics.recordNotBooked(record)
        logger.error({ ...requestLogFields(record), err: error }, 'request not booked')
      }),
    refused: ({ requestId, kind, keyId, team, cause }) =>
      safely(() => {
        metrics.recordRefusal(kind, team)
        const fields = { request_id: requestId, key_id: keyId, team, error: kind }
        if (kind === 'internal_error') logger.error({ ...fields, err: cause }, 'request failed')
        else if (logsRequests) logger.info(fields, 'request refused')
      }),
    budgetAlerted: ({ kind, scope, name, period, isHard, share, limit, spent, resetsAtMs }) =>
      safely(() => {
        metrics.recordBudgetAlert(scope, period, kind)
        logger.warn(
          {
            scope,
            name,
            period,
            hard: isHard,
            ...(share === null ? {} : { share }),
            limit_usd: usdFromPico(limit),
            spent_usd: usdFromPico(spent),
            resets_at: resetsAtMs === null ? null : new Date(resetsAtMs).toISOString(),
          },
          kind === 'spent' ? 'a budget passed a share of its limit' : 'a budget has no room, and refuses',
        )
      }),
    // The provider's words stay out of it: about a key, they quote it.
    alerted: ({ scope, provider, model, because, status, code, untilMs }) =>
      safely(() =>
        logger.error(
          {
            provider,
            ...(scope === 'model' ? { model } : {}),
            because,
            status,
            code,
            until: new Date(untilMs).toISOString(),
          },
          `${scope === 'model' ? 'a model' : 'a provider'} needs attention: it is not used until then`,
        ),
      ),
  }
}

const LEVELS = {
  success: 'info',
  client_gone: 'info',
  upstream_rejected: 'info',
  stream_interrupted: 'warn',
  upstream_error: 'warn',
  upstream_timeout: 'warn',
  expired: 'warn',
  internal_error: 'error',
} as const satisfies Record<RequestOutcome, 'info' | 'warn' | 'error'>
