// How much a model behind a Chat Completions endpoint thinks, by the switch of each vendor.

import type { ChatProvider } from './chat-message.ts'
import { type JsonObject, objectOf } from './json-value.ts'
import { factsOf, thinkingTokens } from './model-facts.ts'
import { Refusal } from './refusal.ts'

export interface Thinking {
  readonly tokens: number
}

/** By model, the first row that fits; where none does, the vendor looks at no effort. */
const EFFORTS_TAKEN: Record<ChatProvider, readonly (readonly [RegExp, string])[]> = {
  deepseek: [[/./, 'minimal low medium high xhigh max']],
  alibaba: [[/omni/, 'none low medium high xhigh max']],
  moonshot: [[/^kimi-k3/, 'low high max']],
  openai: [
    [/^gpt-5(-mini|-nano)?$/, 'minimal low medium high'],
    [/^gpt-6-astra/, 'low medium high xhigh'],
    [/^gpt-6\.1-sol/, 'low medium high xhigh max'],
    [/^gpt-5\.[1-5]/, 'none low medium high xhigh'],
    [/./, 'none low medium high xhigh max'],
  ],
}

function takesEffort(provider: ChatProvider, model: string, effort: unknown): boolean {
  const row = EFFORTS_TAKEN[provider].find(([name]) => name.test(model))
  return row === undefined || (typeof effort === 'string' && row[1].split(' ').includes(effort))
}

/** Throws Refusal on an effort or a switch that the vendor does not know. */
export function chatThinking(provider: ChatProvider, model: string, body: JsonObject): Thinking {
  const facts = factsOf(provider, model)
  const effort = body['reasoning_effort'] ?? null
  if (effort !== null && !takesEffort(provider, model, effort))
    throw new Refusal('bad_request', {
      message: `Unsupported value: 'reasoning_effort' does not support ${JSON.stringify(effort)} with this model.`,
      param: 'reasoning_effort',
      code: 'unsupported_value',
    })
  if (facts.thinks === 'never') return { tokens: 0 }
  const isOff = isSwitchedOff(provider, body, facts.thinks === 'off_by_default')
  if (isOff && facts.thinks === 'always')
    throw new Refusal('bad_request', { message: 'thinking cannot be disabled for this model' })
  return { tokens: isOff ? 0 : thinkingTokens(typeof effort === 'string' ? effort : facts.defaultEffort) }
}

function isSwitchedOff(provider: ChatProvider, body: JsonObject, isOffByDefault: boolean): boolean {
  if (provider === 'openai') return body['reasoning_effort'] === 'none'
  if (provider !== 'alibaba') return objectOf(body['thinking'])['type'] === 'disabled'
  const effort = body['reasoning_effort']
  if (effort === 'none' || body['enable_thinking'] === false) return true
  return isOffByDefault && body['enable_thinking'] !== true && effort === undefined
}
