// OpenAI's own dialect. Facts: the openai 7.57 client's types, help.openai.com 5955604 (spend errors), users' reports of
// refused parameters (2026).

import { sellsTier } from '../core/hints.ts'
import { openaiErrors } from './openai-errors.ts'
import { FOREIGN } from './openai-foreign.ts'
import { CHAT_PATH, createOpenAiWireProvider } from './openai-wire.ts'

export const openai = createOpenAiWireProvider({
  id: 'openai',
  hidesReasoning: true,
  foreign: FOREIGN,
  capField: 'max_completion_tokens',
  knowsDeveloperRole: true,
  knowsAllowedTools: true,
  wantsRoots: true,
  continuePath: CHAT_PATH,
  continueField: null,
  wantsAudioUrl: false,
  usage: {
    cacheRead: [['prompt_tokens_details', 'cached_tokens']],
    cacheWrite: [['prompt_tokens_details', 'cache_write_tokens']],
  },
  // Its answer has one figure for all that was written; what stays for twelve hours costs twice as much (types of the 7.57
  // client). A mark of its own for that stands in a part of a message.
  writesLong: ({ raw, members, messages }) =>
    (members.has('prompt_cache_options') || messages.some(({ hasArrayContent }) => hasArrayContent)) &&
    raw.includes('"12h"'),
  effort: (word) => ({ reasoning_effort: word }),
  // Left out it would be what the project is configured for, at a price that nobody could have foreseen.
  defaults: ({ serviceTier }, route) =>
    serviceTier === null || !sellsTier(route, serviceTier) ? { service_tier: 'default' } : {},
  reasoning: 'refused',
  knowsRefusals: true,
  takesAnyArguments: true,
  speakerNames: /^[^\s<|\\/>]{1,64}$/,
  callIds: { pattern: /^[^]{1,40}$/, uniqueIn: 'turn' },
  errors: openaiErrors,
})
