// The JSON schema of a request whose answer is held against it here, because the operator lets routes answer that do not
// keep a schema by themselves. Not for streams: what went to the client cannot be taken back.

import type { JsonSchemaChoice } from '../core/json-schema-choice.ts'
import type { Route } from '../core/route.ts'
import { askedSchema } from '../core/schema-subset.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import { inexactSubsets } from '../routing/bounds.ts'
import { MAX_SCHEMA_BYTES, type SchemaChecker } from './schema-checker.ts'

export interface CheckedSchema {
  readonly json: string
  /** Whether a route's answers fit without being looked at. */
  isKeptBy(route: Route): boolean
}

/** Null where every route that may answer keeps the schema by itself, or there is none. */
export function readCheckedSchema(
  request: ChatRequest,
  { choice, checker }: { readonly choice: JsonSchemaChoice; readonly checker: SchemaChecker },
): Promise<CheckedSchema | null> | null {
  const { features, members, isStream, choices } = request
  if (choice === 'native' || features.responseFormat !== 'json_schema' || isStream || choices > 1) return null
  const format = members.get('response_format')
  if (format === undefined || format.end - format.start > MAX_SCHEMA_BYTES) return null
  const schema = askedSchema(request.json()['response_format'])
  if (typeof schema !== 'object' || schema === null) return null
  const json = JSON.stringify(schema)
  const inexact = inexactSubsets(request)
  return checker.canCheck(json).then((canCheck) =>
    canCheck
      ? {
          json,
          isKeptBy: ({ capabilities, traits: { schemaSubset } }) =>
            capabilities.has('json_schema') && (schemaSubset === null || !inexact.includes(schemaSubset)),
        }
      : null,
  )
}
