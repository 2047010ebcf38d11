// Errors of the Responses API: those of Chat Completions, and the codes by which a response that began fails.

import type { FailureClass } from '../../core/failure.ts'
import { classifyOpenAiError } from '../openai.ts'
import type { ErrorFacts } from '../wire-error.ts'

const POLICY = new Set(['invalid_prompt', 'bio_policy', 'misalignment_policy_violation'])

export function classifyResponsesError(facts: ErrorFacts): FailureClass | null {
  const { code } = facts
  if (POLICY.has(code) || code.endsWith('content_policy_violation')) return 'content_filter'
  // Whatever is wrong with an image or a file is wrong with the request.
  if (/image|file_not_found/.test(code)) return 'bad_request'
  return classifyOpenAiError(facts)
}
