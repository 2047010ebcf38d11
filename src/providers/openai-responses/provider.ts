// OpenAI through its Responses API, for the requests that its Chat Completions refuses.

import { openai } from '../openai.ts'
import type { Provider } from '../provider.ts'
import { readWireError } from '../wire-error.ts'
import { responsesErrors } from './errors.ts'
import { buildResponsesRequest } from './request.ts'
import { readResponsesAnswer } from './response.ts'
import { createResponsesStream } from './stream.ts'

export const openaiResponses: Provider = {
  id: 'openai',
  // What one model sealed, another may not open.
  wantsTurnsOf: 'same_model',
  hidesReasoning: true,
  authHeaders: (apiKey) => openai.authHeaders(apiKey),
  buildRequest: buildResponsesRequest,
  readResponse: readResponsesAnswer,
  readStream: createResponsesStream,
  readError: (status, headers, body) => readWireError({ status, headers, body }, responsesErrors),
}
