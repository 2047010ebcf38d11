// JSON schemas for models that have JSON mode alone: told in words, and checked by whoever asked.

import type { Route } from '../core/route.ts'
import type { ChatRequest } from '../openai/chat-request.ts'

/** Whether the schema of the answer is told in words, to a model that has JSON mode and no schemas. */
export function tellsSchema({ features }: ChatRequest, { capabilities }: Route): boolean {
  return features.responseFormat === 'json_schema' && !capabilities.has('json_schema')
}
