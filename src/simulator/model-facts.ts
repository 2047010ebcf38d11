// How a model behaves beyond its price, by the vendor's naming: whether it thinks, and which parameters it refuses.
// From the vendors' documentation and users' reports up to November 2026.

import type { ProviderId } from '../core/route.ts'

export interface ModelFacts {
  readonly thinks: 'never' | 'off_by_default' | 'on_by_default' | 'always'
  readonly defaultEffort: string
  /** What Claude's `thinking.type` may be besides absent; thinking text is shown unasked only where it is `enabled`. */
  readonly thinkingTypes: readonly string[]
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
  thinkingTypes: [],
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
  const hasNoEffortNone = /^gpt-6(-astra|\.1-sol)/.test(model)
  return {
    ...PLAIN,
    thinks: hasNoEffortNone ? 'always' : 'on_by_default',
    refusesSampling: true,
    refusesMaxTokens: true,
    toolsWithThinking: hasNoEffortNone
      ? 'never'
      : /^gpt-(5\.6|6)/.test(model)
        ? 'needs_effort_none'
        : /^gpt-5\.[245]/.test(model)
          ? 'if_effort_unset'
          : 'allowed',
  }
}

function anthropicFacts(model: string): ModelFacts {
  const row = CLAUDES.find(({ name }) => name.test(model))
  if (row === undefined) return PLAIN
  const { thinks, types } = row
  return {
    ...PLAIN,
    thinks,
    thinkingTypes: types,
    defaultEffort: /opus-5-5|haiku-5-5/.test(model) ? 'medium' : 'high',
    refusesSampling: !types.includes('enabled'),
  }
}

/** Up to 4.5 with a budget only, up to 4.6 either way, later ones adaptive only; what is least differs by model. */
const CLAUDES: readonly {
  readonly name: RegExp
  readonly thinks: ModelFacts['thinks']
  readonly types: readonly string[]
}[] = [
  { name: /^claude-(fable|opus-5-5)/, thinks: 'always', types: ['adaptive'] },
  { name: /^claude-sonnet-5-5/, thinks: 'always', types: ['adaptive', 'between_tools'] },
  { name: /^claude-(opus|sonnet|haiku)-5/, thinks: 'on_by_default', types: ['adaptive', 'disabled'] },
  { name: /-4-6$/, thinks: 'off_by_default', types: ['adaptive', 'enabled', 'disabled'] },
  { name: /-4-5/, thinks: 'off_by_default', types: ['enabled', 'disabled'] },
]

function alibabaThinking(model: string): ModelFacts['thinks'] {
  if (/coder/.test(model)) return 'never'
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
