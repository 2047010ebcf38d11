// The hints of a request that ask for something, and its reasoning effort, whichever vendor's words it is said in.

import { HINTS, type Hint, isHint } from '../core/hints.ts'
import { EFFORTS, type Effort } from '../core/route.ts'
import type { BodyReader } from './body-reader.ts'
import { invalidField } from './invalid-field.ts'

/** Least and most of OpenAI's own numbers. */
const NUMBERS: Partial<Record<Hint, readonly [least: number, most: number]>> = {
  temperature: [0, 2],
  top_p: [0, 1],
  presence_penalty: [-2, 2],
  frequency_penalty: [-2, 2],
}

export function readHints(body: BodyReader, hasTools: boolean): ReadonlyMap<Hint, unknown> {
  let sent: Set<string> | undefined
  for (const name of body.names) if (isHint(name)) (sent ??= new Set()).add(name)
  if (sent === undefined) return NO_HINTS
  let hints: Map<Hint, unknown> | undefined
  // In our order, whatever the client's.
  for (const name of HINTS) {
    if (!sent.has(name)) continue
    const value = body.value(name)
    checkNumber(name, value)
    checkKind(name, value)
    if (!isSaid(name, value) || (name === 'parallel_tool_calls' && !hasTools)) continue
    hints ??= new Map()
    hints.set(name, value)
  }
  return hints ?? NO_HINTS
}

const NO_HINTS: ReadonlyMap<Hint, unknown> = new Map()

function checkNumber(name: Hint, value: unknown): void {
  const range = NUMBERS[name]
  if (range === undefined || value === null) return
  const [least, most] = range
  if (typeof value !== 'number' || value < least || value > most)
    throw invalidField(name, `must be a number from ${least} to ${most}`)
}

const KINDS: Partial<Record<Hint, readonly [wanted: string, isRight: (value: unknown) => boolean]>> = {
  seed: ['a whole number', Number.isInteger],
  logit_bias: ['an object with numbers from -100 to 100', isBias],
  parallel_tool_calls: ['true or false', isBoolean],
  store: ['true or false', isBoolean],
  enable_thinking: ['true or false', isBoolean],
  thinking: ['an object with "type"', (value) => isObject(value) && 'type' in value],
  verbosity: ['"low", "medium" or "high"', (value) => ['low', 'medium', 'high'].includes(String(value))],
  user: ['a string', isString],
  metadata: ['an object with strings', (value) => isObject(value) && Object.values(value).every(isString)],
}

/** Whoever honours the hint would refuse it. */
function checkKind(name: Hint, value: unknown): void {
  const kind = KINDS[name]
  if (kind === undefined || value === null || kind[1](value)) return
  throw invalidField(name, `must be ${kind[0]}`)
}

function isBias(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.values(value).every((bias) => typeof bias === 'number' && bias >= -100 && bias <= 100)
  )
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean'
}

function isString(value: unknown): boolean {
  return typeof value === 'string'
}

/** Values that ask for what holds anyway. */
const DEFAULTS: Partial<Record<Hint, unknown>> = {
  presence_penalty: 0,
  frequency_penalty: 0,
  parallel_tool_calls: true,
  service_tier: 'default',
  verbosity: 'medium',
}

/** What asks for nothing is no loss. */
function isSaid(name: Hint, value: unknown): boolean {
  const isOff = value === false && name !== 'parallel_tool_calls'
  if (isOff || value === null || value === '' || value === 'auto' || value === DEFAULTS[name]) return false
  if (name === 'thinking') return !isThinkingOff(value)
  return typeof value !== 'object' || Object.keys(value).length > 0
}

/** `reasoning_effort`; where there is none, a vendor's own switch that turns thinking off. */
export function readEffort(body: BodyReader): Effort | null {
  const effort = body.value('reasoning_effort') ?? null
  const known = EFFORTS.find((word) => word === effort)
  if (effort !== null && known === undefined)
    throw invalidField('reasoning_effort', `must be one of ${EFFORTS.join(', ')}`)
  const switches = { enable_thinking: body.value('enable_thinking'), thinking: body.value('thinking') }
  const isOff = switches.enable_thinking === false || isThinkingOff(switches.thinking)
  if (known === undefined) return isOff ? 'none' : null
  for (const [name, value] of Object.entries(switches)) {
    const turns = value === false || isThinkingOff(value) ? 'off' : isThinkingOn(value) ? 'on' : null
    if (turns !== null && (turns === 'off') !== (known === 'none'))
      throw invalidField(
        name,
        `switches thinking ${turns}, and "reasoning_effort" is "${known}"; send one of them`,
      )
  }
  return known
}

function isThinkingOn(value: unknown): boolean {
  return value === true || (isObject(value) && 'type' in value && value.type === 'enabled')
}

function isThinkingOff(value: unknown): boolean {
  return isObject(value) && 'type' in value && value.type === 'disabled'
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
