// A server that speaks OpenAI's chat format, as the configuration describes it: where it is, what it serves, what that
// costs and can do.

import { z } from 'zod'
import { price } from '../catalog/schema.ts'
import { HINTS } from '../core/hints.ts'
import { CAPABILITIES, EFFORTS } from '../core/route.ts'
import { TIERS } from '../core/tier.ts'
import { TOKENIZERS } from '../core/tokenizers.ts'

/** Nothing that all these servers have carries them: the fees of hosted tools, and a mark for a text that is to go on. */
const NOT_OFFERED: readonly string[] = ['hosted_tools', 'prefix', 'resume']
const OFFERED = CAPABILITIES.filter((name) => !NOT_OFFERED.includes(name))

/** What llama.cpp, Ollama and vLLM all honour (ollama/ollama openai/openai.go, 2026-11). */
const USUAL_HINTS = ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'seed'] as const

function oneOf<const Names extends readonly string[]>(names: Names) {
  return z.enum(names).describe(`one of ${names.join(', ')}`)
}

function listOf<const Names extends readonly string[]>(names: Names) {
  return z.array(oneOf(names)).describe(`a list of ${names.join(', ')}`)
}

const tokens = z.int().min(1).max(100_000_000).describe('a whole number of tokens from 1 to 100000000')
const usdPerMillion = price.describe(
  'a price in USD per million tokens with at most six decimals; 0 says that it costs nothing',
)

const prices = z.strictObject({
  input: usdPerMillion,
  cached_input: usdPerMillion.optional(),
  output: usdPerMillion,
  checked: z.iso.date().describe('the day when somebody last looked it up, as YYYY-MM-DD').optional(),
})

const cache = z.strictObject({
  min_tokens: tokens,
  ttl_seconds: z.int().min(1).max(31_536_000).describe('a whole number of seconds from 1 to 31536000'),
})

const servedModel = z.strictObject({
  tier: oneOf(TIERS),
  context: tokens,
  max_output: tokens.optional(),
  prices: prices.optional(),
  can: listOf(OFFERED).default(['stop']),
  hints: listOf(HINTS).default([...USUAL_HINTS]),
  reasons: z.boolean().describe('true or false').default(false),
  efforts: listOf(EFFORTS).default([]),
  default_effort: oneOf(EFFORTS).optional(),
  content: oneOf(['parts', 'text']).default('parts'),
  json_word: z.boolean().describe('true or false').default(false),
  tokenizer: oneOf(TOKENIZERS).default('openai-o200k'),
  cache: cache.optional(),
})
export type ServedModelSection = z.infer<typeof servedModel>

/** Besides what every provider's section has. */
export const serverKeys = {
  kind: z.literal('openai-compatible').describe('openai-compatible'),
  base_url: z
    .string()
    .trim()
    .min(1)
    .describe('an absolute http:// or https:// URL without query, fragment or password'),
  jurisdiction: z
    .string()
    .regex(/^[a-z]{2}$/)
    .describe('the country where it runs, as two small letters'),
  output_cap: oneOf(['max_tokens', 'max_completion_tokens']).default('max_tokens'),
  stream_options: z.boolean().describe('true or false').default(true),
  wants_reasoning: z.boolean().describe('true or false').default(false),
  models: z.record(z.string(), servedModel),
}
