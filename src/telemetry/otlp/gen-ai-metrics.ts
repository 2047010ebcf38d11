// The two metrics of the conventions for generative AI clients, one observation per attempt.

import type { Meter } from '@opentelemetry/api'
import type { RequestRecord } from '../../core/request-record.ts'
import { isReported, promptTokens } from '../../core/usage.ts'
import { GEN_AI_SECONDS, GEN_AI_TOKENS } from '../gen-ai-buckets.ts'
import { attemptAttributes } from './gen-ai-attributes.ts'

export interface GenAiMetrics {
  record(record: RequestRecord): void
}

export function createGenAiMetrics(meter: Meter): GenAiMetrics {
  const duration = meter.createHistogram('gen_ai.client.operation.duration', {
    description: 'Duration of a call of a provider.',
    unit: 's',
    advice: { explicitBucketBoundaries: [...GEN_AI_SECONDS] },
  })
  const tokens = meter.createHistogram('gen_ai.client.token.usage', {
    description: 'Tokens of a call of a provider.',
    unit: '{token}',
    advice: { explicitBucketBoundaries: [...GEN_AI_TOKENS] },
  })
  return {
    record({ attempts }) {
      for (const attempt of attempts) {
        const attributes = attemptAttributes(attempt)
        // A clock that was set back must not make a negative duration.
        duration.record(Math.max(0, attempt.endedAtMs - attempt.startedAtMs) / 1000, attributes)
        // The conventions want reported counts only.
        if (!isReported(attempt.source)) continue
        // Tokens are told apart by what was asked for, not by how it ended.
        const { 'error.type': _, ...named } = attributes
        tokens.record(promptTokens(attempt.usage), { ...named, 'gen_ai.token.type': 'input' })
        tokens.record(attempt.usage.output, { ...named, 'gen_ai.token.type': 'output' })
      }
    },
  }
}
