// What OpenTelemetry's conventions for generative AI call the parts of an attempt
// (opentelemetry.io/docs/specs/semconv/gen-ai, read 2026-11-25).

import type { Attributes } from '@opentelemetry/api'
import type { AttemptRecord } from '../../core/request-record.ts'

export function attemptAttributes({ provider, model, outcome }: AttemptRecord): Attributes {
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': model,
    ...(isWell(outcome) ? {} : { 'error.type': outcome }),
  }
}

export function isWell(outcome: AttemptRecord['outcome']): boolean {
  return outcome === 'success'
}
