// Errors of servers that speak OpenAI's chat format. vLLM's type is the name of its exception and its code the status as a
// number; llama.cpp's type says what it is; Ollama has no code; Groq and most hosted ones use OpenAI's words. Facts:
// vllm-project/vllm 4667 and 20409, ggml-org/llama.cpp tools/server, ollama/ollama openai/openai.go, console.groq.com/docs/errors
// (read 2026-11).

import type { ErrorTable } from './error-table.ts'

export const compatibleErrors: ErrorTable = {
  rows: [
    {
      class: 'out_of_money',
      words: ['insufficient_quota', 'insufficient_balance', 'payment_required', 'blocked_api_access'],
    },
    { class: 'out_of_money', message: /insufficient (?:credits|balance|funds)/i },
    { class: 'context_too_long', words: ['context_length_exceeded', 'exceed_context_size_error'] },
    {
      class: 'context_too_long',
      message:
        /maximum context length|max(?:imum)? model length|available context size|exceeds? (?:the )?(?:model's )?context|prompt is too long/i,
    },
    // More tokens at once than the account's minute has (Groq, 413): waiting does not help, and smaller requests still pass.
    { class: 'not_supported', words: ['rate_limit_exceeded'], message: /request too large for/i },
    { class: 'rate_limited', words: ['rate_limit_exceeded', 'RateLimitError', 'rate_limit_error'] },
    // llama.cpp while it loads its model, Groq's busy flex tier, Ollama with a full queue.
    {
      class: 'overloaded',
      words: [
        'unavailable_error',
        'capacity_exceeded',
        'server_error',
        'InternalServerError',
        'over_capacity',
      ],
    },
    { class: 'overloaded', message: /server busy|loading model|no slot available/i },
    {
      class: 'model_missing',
      words: ['model_not_found', 'model_decommissioned', 'NotFoundError', 'not_found_error'],
    },
    { class: 'model_missing', message: /^model .* not found/i },
    { class: 'unauthorized', words: ['invalid_api_key', 'authentication_error', 'AuthenticationError'] },
    { class: 'unauthorized', message: /^(?:unauthorized|invalid (?:api )?key|invalid token)\b/i },
    // The model did not keep to what it was asked for (Groq), or the server was started without it.
    {
      class: 'not_supported',
      words: [
        'not_supported_error',
        'tool_use_failed',
        'json_validate_failed',
        'unsupported_parameter',
        'unsupported_value',
        'NotImplementedError',
      ],
    },
    {
      class: 'not_supported',
      message:
        /requires --enable-auto-tool-choice|does not support (?:tools|images|thinking)|is not a multimodal model|requires (?:the )?--\S+|only supports? text|not supported (?:by|with|for) (?:this|the) (?:model|server)/i,
    },
  ],
  waitAfter: /try again in\s+/i,
}
