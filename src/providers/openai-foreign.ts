// Parameters of other vendors and of open servers, which OpenAI refuses as it refuses every name that it does not know. They
// are left out and named; what nobody knows travels on, and OpenAI has the word. DashScope: enable_search and its like; vLLM,
// Ollama: sampling and templates (docs.vllm.ai, OpenAI-compatible server; read 2026-11); extra_body: a client's own word that was
// sent by mistake.

import type { ChatRequest } from '../openai/chat-request.ts'

export const FOREIGN: ReadonlySet<string> = new Set([
  'enable_search',
  'search_options',
  'incremental_output',
  'result_format',
  'vl_high_resolution_images',
  'min_p',
  'min_tokens',
  'best_of',
  'length_penalty',
  'ignore_eos',
  'stop_token_ids',
  'skip_special_tokens',
  'chat_template',
  'chat_template_kwargs',
  'guided_json',
  'guided_regex',
  'guided_choice',
  'guided_grammar',
  'structured_outputs',
  'keep_alive',
  'options',
  'mirostat',
  'extra_body',
])

/** Those that a request has, whatever they ask for. */
export function foreignParameters({ members }: ChatRequest): readonly string[] {
  return [...members.keys()].filter((name) => FOREIGN.has(name))
}
