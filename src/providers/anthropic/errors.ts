// Claude's errors, by type. Facts: platform.claude.com, errors (read 2026-10).

import type { FailureClass } from '../../core/failure.ts'
import type { ErrorFacts } from '../wire-error.ts'

const CLASSES: Readonly<Record<string, FailureClass>> = {
  authentication_error: 'unauthorized',
  permission_error: 'unauthorized',
  billing_error: 'out_of_money',
  not_found_error: 'model_missing',
  request_too_large: 'context_too_long',
  rate_limit_error: 'rate_limited',
  api_error: 'overloaded',
  overloaded_error: 'overloaded',
  timeout_error: 'overloaded',
}

export function classifyClaudeError({ code, type, message }: ErrorFacts): FailureClass | null {
  if (/enforced_spend_limit|spend limit|credit balance is too low/i.test(`${type} ${code} ${message}`))
    return 'out_of_money'
  if (/prompt is too long|exceed context limit/i.test(message)) return 'context_too_long'
  return CLASSES[type] ?? null
}
