// Anthropic through its own Messages API.

import type { Provider } from '../provider.ts'
import { readWireError } from '../wire-error.ts'
import { claudeErrors } from './errors.ts'
import { buildClaudeRequest } from './request.ts'
import { readClaudeResponse } from './response.ts'
import { createClaudeStream } from './stream.ts'

export const anthropic: Provider = {
  id: 'anthropic',
  // A signature holds for the model that made it.
  wantsTurnsOf: 'same_model',
  // What it shows of its thinking is a summary.
  hidesReasoning: true,
  authHeaders: (apiKey) => ({ 'x-api-key': apiKey }),
  buildRequest: buildClaudeRequest,
  readResponse: readClaudeResponse,
  readStream: createClaudeStream,
  readError: (status, headers, body) => readWireError({ status, headers, body }, claudeErrors),
}
