// How much a Claude thinks for a request, and what of earlier thinking it takes back: blocks unaltered, with the seal that
// it gave them. With a budget (the manual mode) the turn that waits for tool results has to begin with one; in the
// adaptive mode none is missed. Facts: platform.claude.com, thinking (read 2026-11), and users' reports of its errors.

import { type JsonObject, numberOf, objectOf, textOf } from './json-value.ts'
import { blocksOf } from './message-blocks.ts'
import { factsOf, thinkingTokens } from './model-facts.ts'
import { Refusal } from './refusal.ts'
import { openSealed } from './sealed-reasoning.ts'
import type { SimulatedModel } from './simulated-model.ts'

export interface ClaudeThinking {
  readonly tokens: number
  readonly isShown: boolean
}

const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max']

/** Throws Refusal. */
export function readThinking(
  model: SimulatedModel,
  body: JsonObject,
  messages: readonly JsonObject[],
): ClaudeThinking {
  const { thinks, defaultEffort, thinkingTypes } = factsOf('anthropic', model.id)
  const thinking = objectOf(body['thinking'])
  const type = textOf(thinking['type'])
  if (type !== '' && !thinkingTypes.includes(type))
    refuse(
      `"thinking.type.${type}" is not supported for this model. Use ${thinkingTypes.map((one) => `"thinking.type.${one}"`).join(' or ')}.`,
    )
  if (type === 'enabled') checkBudget(body, thinking)
  const asked = textOf(objectOf(body['output_config'])['effort'])
  if (asked !== '' && !thinkingTypes.includes('adaptive'))
    refuse('This model does not support the effort parameter.')
  if (asked !== '' && !EFFORTS.includes(asked))
    refuse(`output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'`)
  const isOff = type === 'disabled' || thinks === 'never' || (type === '' && thinks === 'off_by_default')
  checkBlocks(model, messages, { type, isOff })
  const display = thinking['display'] ?? (thinkingTypes.includes('enabled') ? 'summarized' : 'omitted')
  return {
    tokens: isOff ? 0 : thinkingTokens(type === 'between_tools' ? 'low' : asked || defaultEffort),
    isShown: display === 'summarized',
  }
}

function refuse(message: string): never {
  throw new Refusal('bad_request', { message })
}

function checkBudget(body: JsonObject, thinking: JsonObject): void {
  const budget = numberOf(thinking['budget_tokens'])
  if (budget === null) refuse('thinking.enabled.budget_tokens: Field required')
  if (budget < 1024) refuse('thinking.enabled.budget_tokens: Input should be greater than or equal to 1024')
  if (budget >= (numberOf(body['max_tokens']) ?? 0))
    refuse('`max_tokens` must be greater than `thinking.budget_tokens`.')
}

interface Mode {
  readonly type: string
  readonly isOff: boolean
}

function checkBlocks({ id }: SimulatedModel, messages: readonly JsonObject[], { type, isOff }: Mode): void {
  const last = messages.findLastIndex(({ role }) => role === 'assistant')
  for (const [index, { role, content }] of messages.entries()) {
    const blocks = blocksOf(content)
    for (const [place, block] of blocks.entries()) {
      if (block['type'] !== 'thinking') continue
      if (role !== 'assistant') refuse(`messages.${index}.content.${place}.type: Input should be 'text'`)
      const sealed = openSealed({ provider: 'anthropic', model: id }, textOf(block['signature']))
      const isWhole = sealed !== null && (block['thinking'] === '' || block['thinking'] === sealed)
      if (!isWhole) refuse(`messages.${index}.content.${place}: Invalid \`signature\` in \`thinking\` block`)
      if (isOff && index === last)
        refuse(
          `messages.${index}.content.${place}.type: When \`thinking\` is disabled, an \`assistant\` message in the final position cannot contain \`thinking\`. To use thinking blocks, enable \`thinking\` in your request.`,
        )
    }
    const first = blocks[0]
    const waitsForTools = index === last && blocks.some((block) => block['type'] === 'tool_use')
    if (type === 'enabled' && waitsForTools && first?.['type'] !== 'thinking')
      refuse(
        `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${textOf(first?.['type'])}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks).`,
      )
  }
}
