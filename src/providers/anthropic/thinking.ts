// How Claude is asked to think. What thinking says is asked for in words, since newer models would show none of it
// (platform.claude.com, thinking, read 2026-11: same price either way).

import type { Route } from '../../core/route.ts'
import type { ChatRequest } from '../../openai/chat-request.ts'
import type { JsonRecord } from '../json-record.ts'

export interface ClaudeThinking {
  readonly thinking: JsonRecord | null
  /** For `output_config`. */
  readonly effort: string | null
  /** Thinking of earlier turns must not come back. */
  readonly isOff: boolean
}

const SHOWN = { type: 'adaptive', display: 'summarized' }
/** Words of the catalogue that are no efforts. */
const SWITCHES = ['disabled', 'between_tools']

export function readThinking(
  { reasoningEffort }: Pick<ChatRequest, 'reasoningEffort'>,
  { traits, effort: routeEffort, reasons }: Route,
): ClaudeThinking {
  const asked = routeEffort ?? reasoningEffort
  const word = (asked === null ? undefined : traits.efforts.get(asked)) ?? null
  if (word !== null && SWITCHES.includes(word))
    return { thinking: { type: word }, effort: null, isOff: word === 'disabled' }
  if (!traits.isToldToThink || (word === null && !reasons))
    return { thinking: null, effort: word, isOff: true }
  return { thinking: SHOWN, effort: word, isOff: false }
}
