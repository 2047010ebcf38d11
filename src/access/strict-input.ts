// What an operator writes is checked field by field, and nothing that is unknown is let pass.

import { z } from 'zod'

export interface ObjectWords {
  /** The message where something else than an object stands. */
  readonly wanted: string
}

export const UNKNOWN_FIELD = 'is not known here'

/** A strict object that names its fields to whoever sends one that it does not have. */
export function strictInput<Shape extends z.core.$ZodShape>(shape: Shape, { wanted }: ObjectWords) {
  const unknown = `${UNKNOWN_FIELD}; there are ${Object.keys(shape).join(', ')}`
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? unknown : wanted) })
}
