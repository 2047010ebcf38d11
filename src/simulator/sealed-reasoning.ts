// Reasoning that a vendor hands out under its seal (Claude's signature, OpenAI's encrypted content) and takes back only
// unaltered, from the model that wrote it.

import { createHash } from 'node:crypto'
import type { ProviderId } from '../core/route.ts'

export interface Author {
  readonly provider: ProviderId
  readonly model: string
}

const MARK_LENGTH = 32

export function sealReasoning(author: Author, text: string): string {
  return Buffer.from(markOf(author, text) + text).toString('base64')
}

/** What was sealed; null for what this author never sealed. */
export function openSealed(author: Author, sealed: string): string | null {
  const whole = Buffer.from(sealed, 'base64').toString()
  const text = whole.slice(MARK_LENGTH)
  return whole.slice(0, MARK_LENGTH) === markOf(author, text) ? text : null
}

function markOf({ provider, model }: Author, text: string): string {
  return createHash('sha256').update(`${provider}\n${model}\n${text}`).digest('hex').slice(0, MARK_LENGTH)
}
