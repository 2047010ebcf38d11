// Moonshot's dialect (Kimi). Facts: platform.kimi.ai, chat API and errors (read 2026-10). Its errors carry a type and no code.

import { kimiErrors } from './kimi-errors.ts'
import { CHAT_PATH, createOpenAiWireProvider } from './openai-wire.ts'

export const kimi = createOpenAiWireProvider({
  id: 'moonshot',
  capField: 'max_completion_tokens',
  knowsDeveloperRole: false,
  knowsAllowedTools: false,
  continuePath: CHAT_PATH,
  continueField: 'partial',
  wantsAudioUrl: false,
  usage: {
    // Top level, with a copy in the usual place on newer models.
    cacheRead: [['cached_tokens'], ['prompt_tokens_details', 'cached_tokens']],
    cacheWrite: [],
  },
  // K2.6 has a switch, K3 has efforts; K2.7 has neither.
  effort: (word) => (word === 'disabled' ? { thinking: { type: 'disabled' } } : { reasoning_effort: word }),
  reasoning: { filler: () => '.' },
  // github AstrBotDevs/AstrBot 7200, lobehub/lobehub 8419; a space is taken (Toloka/tolokaforge 1286).
  wordlessTurn: ' ',
  errors: kimiErrors,
})
