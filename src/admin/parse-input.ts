// What an operator sends, checked: every refusal names the field, what is wrong with it and what would be right.

import type { z } from 'zod'
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

/** `problem` goes on after the field's name: `"name" is missing`. */
export function invalidInput(field: string | null, problem: string): GatewayError {
  if (field === null) return new GatewayError('invalid_request', `${problem}.`)
  const shown = JSON.stringify(field.slice(0, 100)).slice(1, -1)
  return new GatewayError('invalid_request', `"${shown}" ${problem}.`, { param: shown })
}
