// Sampled content in the configuration file: whose requests, how many, for how long, and what is taken out of them.

import { z } from 'zod'
import { REDACTIONS } from '../core/sampled-content.ts'
import { isSafePattern } from './redaction-pattern.ts'

const NAME = /^[A-Za-z0-9._-]{1,64}$/
const MAX_PATTERNS = 20
const MAX_PATTERN_LENGTH = 200

const pattern = z
  .string()
  .min(1)
  .max(MAX_PATTERN_LENGTH)
  .refine(isSafePattern)
  .describe(
    `a regular expression of at most ${MAX_PATTERN_LENGTH} characters that matches no empty text, without lookbehind, ` +
      'and without a repetition inside another',
  )

const team = z.strictObject({
  sample: z.number().gt(0).max(1).describe('a share above 0 and up to 1: 0.05 is one request in twenty'),
  retention_days: z.int().min(1).max(90).default(7).describe('a whole number of days from 1 to 90'),
  redact: z
    .array(z.enum(REDACTIONS).describe(`one of ${REDACTIONS.join(', ')}`))
    .default([...REDACTIONS])
    .describe(`a list of ${REDACTIONS.join(', ')}`),
  patterns: z
    .array(pattern)
    .max(MAX_PATTERNS)
    .default([])
    .describe(`a list of at most ${MAX_PATTERNS} regular expressions`),
})

export const contentTeams = z.record(z.string().regex(NAME), team).default({})
export type ContentTeams = z.infer<typeof contentTeams>
