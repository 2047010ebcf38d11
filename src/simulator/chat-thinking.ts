// How much a model behind a Chat Completions endpoint thinks, by the switch of each vendor.

import type { ChatProvider } from './chat-message.ts'
import { type JsonObject, objectOf } from './json-value.ts'
import { factsOf, thinkingTokens } from './model-facts.ts'
import { Refusal } from './refusal.ts'

export interface Thinking {
  readonly tokens: number
}

const EFFORTS_TAKEN: Record<ChatProvider, readonly string[]> = {
  deepseek: ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
  alibaba: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
  moonshot: ['low', 'high', 'max'],
  openai: ['none', 'low', 'medium', 'high', 'xhigh', 'max'],
}

/** Throws Refusal on an effort or a switch that the vendor does not know. */
export function chatThinking(provider: ChatProvider, model: string, body: JsonObject): Thinking {
  const facts = factsOf(provider, model)
  const effort = body['reasoning_effort'] ?? null
  if (effort !== null && !(typeof effort === 'string' && EFFORTS_TAKEN[provider].includes(effort)))
    throw new Refusal('bad_request', {
      message: `Unsupported value: 'reasoning_effort' does not support ${JSON.stringify(effort)} with this model.`,
      param: 'reasoning_effort',
      code: 'unsupported_value',
    })
  if (facts.thinks === 'never') return { tokens: 0 }
  const isOff = isSwitchedOff(provider, body, facts.thinks === 'off_by_default')
  if (isOff && facts.thinks === 'always')
    throw new Refusal('bad_request', { message: 'thinking cannot be disabled for this model' })
  return { tokens: isOff ? 0 : thinkingTokens(effort ?? facts.defaultEffort) }
}

function isSwitchedOff(provider: ChatProvider, body: JsonObject, isOffByDefault: boolean): boolean {
  if (provider === 'openai') return body['reasoning_effort'] === 'none'
  if (provider !== 'alibaba') return objectOf(body['thinking'])['type'] === 'disabled'
  const effort = body['reasoning_effort']
  if (effort === 'none' || body['enable_thinking'] === false) return true
  return isOffByDefault && body['enable_thinking'] !== true && effort === undefined
}
