// How a model behaves beyond its price, by the vendor's naming: whether it thinks, and which parameters it refuses.
// From the vendors' documentation and users' reports up to November 2026.

import type { ProviderId } from '../core/route.ts'

export interface ModelFacts {
  readonly thinks: 'never' | 'off_by_default' | 'on_by_default' | 'always'
  readonly defaultEffort: string
  /** Sampling parameters other than the default are an error. */
  readonly refusesSampling: boolean
  /** `max_tokens` is an error; the cap is called `max_completion_tokens`. */
  readonly refusesMaxTokens: boolean
  /** Function tools on Chat Completions together with reasoning. */
  readonly toolsWithThinking: 'allowed' | 'if_effort_unset' | 'needs_effort_none' | 'never'
  readonly jsonSchema: boolean
}

const PLAIN: ModelFacts = {
  thinks: 'never',
  defaultEffort: 'medium',
  refusesSampling: false,
  refusesMaxTokens: false,
  toolsWithThinking: 'allowed',
  jsonSchema: true,
}

export function factsOf(provider: ProviderId, model: string): ModelFacts {
  return FACTS[provider](model)
}

const FACTS: Record<ProviderId, (model: string) => ModelFacts> = {
  openai: openaiFacts,
  anthropic: anthropicFacts,
  moonshot: (model) => ({
    ...PLAIN,
    thinks: model.includes('k2.6') ? 'on_by_default' : 'always',
    defaultEffort: model.includes('k3') ? 'max' : 'high',
    refusesSampling: true,
  }),
  deepseek: () => ({ ...PLAIN, thinks: 'on_by_default', defaultEffort: 'high', jsonSchema: false }),
  alibaba: (model) => ({
    ...PLAIN,
    thinks: alibabaThinking(model),
    defaultEffort: 'high',
    jsonSchema: /^qwen3\.(7-(plus|max|flash)|8-(max|flash))/.test(model),
  }),
}

function openaiFacts(model: string): ModelFacts {
  if (model.startsWith('gpt-4')) return PLAIN
  const isAstra = model.startsWith('gpt-6-astra')
  return {
    ...PLAIN,
    thinks: isAstra ? 'always' : 'on_by_default',
    refusesSampling: true,
    refusesMaxTokens: true,
    toolsWithThinking: isAstra
      ? 'never'
      : /^gpt-(5\.6|6)/.test(model)
        ? 'needs_effort_none'
        : /^gpt-5\.[245]/.test(model)
          ? 'if_effort_unset'
          : 'allowed',
  }
}

function anthropicFacts(model: string): ModelFacts {
  const isAdaptive = /^claude-(opus|sonnet|haiku|fable)-5/.test(model)
  const cannotStop = /^claude-(opus-5-5|sonnet-5-5|fable)/.test(model)
  const isOn = cannotStop || model.startsWith('claude-haiku-5-5')
  return {
    ...PLAIN,
    thinks: cannotStop ? 'always' : isOn ? 'on_by_default' : 'off_by_default',
    defaultEffort: model.startsWith('claude-haiku-5-5') ? 'medium' : 'high',
    refusesSampling: isAdaptive,
  }
}

function alibabaThinking(model: string): ModelFacts['thinks'] {
  if (/coder|omni/.test(model)) return 'never'
  return /^qwen3\.[5-9]|^deepseek|^kimi/.test(model) ? 'on_by_default' : 'off_by_default'
}

/** Thinking tokens by effort: small figures, so that a demonstration stays short, in the order of the real ones. */
const THINKING_TOKENS: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 16,
  low: 40,
  medium: 80,
  high: 160,
  xhigh: 240,
  max: 320,
}

export function thinkingTokens(effort: string): number {
  return THINKING_TOKENS[effort] ?? 0
}
