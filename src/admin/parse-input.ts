// What an operator sends, checked: every refusal names the field, what is wrong with it and what would be right.

import { z } from 'zod'
import { GatewayError } from '../core/errors.ts'

/** Throws GatewayError `invalid_request` about the first thing that is wrong. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  if (issue === undefined) throw new Error('zod refused without an issue')
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  const path = [...issue.path, ...unknown].map(String).join('.')
  throw invalidInput(path === '' ? null : path, issue.message)
}

export interface ObjectWords {
  /** The message where something else than an object stands. */
  readonly wanted: string
}

/** A strict object that names its fields to whoever sends one that it does not have. */
export function strictInput<Shape extends z.core.$ZodShape>(shape: Shape, { wanted }: ObjectWords) {
  const unknown = `is not known here; there are ${Object.keys(shape).join(', ')}`
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? unknown : wanted) })
}

/** `problem` goes on after the field's name: `"name" is missing`. */
export function invalidInput(field: string | null, problem: string): GatewayError {
  if (field === null) return new GatewayError('invalid_request', `${problem}.`)
  const shown = JSON.stringify(field.slice(0, 100)).slice(1, -1)
  return new GatewayError('invalid_request', `"${shown}" ${problem}.`, { param: shown })
}
