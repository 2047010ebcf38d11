// Whole answers that do not fit the JSON schema that was asked for: paid, and no answers.

import type { AttemptFailure } from '../core/failure.ts'
import type { Route } from '../core/route.ts'
import { isRecord, parseJson, recordsOf, textOf } from '../providers/json-record.ts'
import type { ProviderAnswer } from '../providers/provider.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'

/** What a model wrote instead of what was asked for. Content: it goes back to the model, and nowhere else. */
export interface Misfit {
  readonly text: string
  readonly problems: readonly string[]
}

export const MISFIT: AttemptFailure = Object.freeze({
  class: 'schema_mismatch',
  message: 'the answer does not fit the JSON schema',
  status: 200,
  code: null,
  retryAfterMs: null,
})

export interface Candidate {
  readonly route: Route
  readonly answer: ProviderAnswer
}

/** Null where the answer fits, or is none that has to: one that calls tools, refuses, or was cut off by the client's cap. */
export async function findMisfit(
  { schemas }: ChatServices,
  { schema }: Story,
  { route, answer }: Candidate,
): Promise<Misfit | null> {
  if (schema === null || schema.isKeptBy(route)) return null
  const text = writtenText(answer)
  if (text === null) return null
  const problems = await schemas.problemsOf(schema.json, text)
  return problems.length === 0 ? null : { text, problems }
}

function writtenText({ json, members }: ProviderAnswer): string | null {
  const span = members.get('choices')
  const [choice] = span === undefined ? [] : recordsOf(parseJson(json.toString('utf8', span.start, span.end)))
  const message = choice?.['message']
  if (choice?.['finish_reason'] !== 'stop' || !isRecord(message)) return null
  const isOther = recordsOf(message['tool_calls']).length > 0 || textOf(message['refusal']) !== null
  return isOther ? null : (textOf(message['content']) ?? '')
}
