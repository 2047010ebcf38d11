// How a request or one of its attempts ended, as a mark that is told apart by its words, not by its colour alone.

import { plainWords } from './amounts.ts'
import { create } from './elements.ts'

/** Every outcome of a request, as /admin/requests takes them. */
export const OUTCOMES = [
  'success',
  'client_gone',
  'stream_interrupted',
  'upstream_rejected',
  'upstream_error',
  'upstream_timeout',
  'internal_error',
  'expired',
] as const

const NOBODYS_FAULT: readonly string[] = ['client_gone', 'expired', 'half_open', 'degraded']
const GOOD: readonly string[] = ['success', 'closed', 'chosen', 'healthy', 'active']
const PLAIN: readonly string[] = ['fallback', 'off', 'revoked']

export function buildMark(word: string): HTMLElement {
  const kind = GOOD.includes(word)
    ? 'good'
    : NOBODYS_FAULT.includes(word)
      ? 'odd'
      : PLAIN.includes(word)
        ? 'plain'
        : 'bad'
  return create('span', { class: `mark-${kind}` }, plainWords(word))
}
