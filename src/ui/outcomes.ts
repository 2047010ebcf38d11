// How a request or one of its attempts ended, as a mark that is told apart by its words, not by its colour alone.

import type { RequestOutcome } from '../core/request-record.ts'
import { plainWords } from './amounts.ts'
import { create } from './elements.ts'

/** Every outcome of a request, as /admin/requests takes them: a browser gets types of `core`, and no values. */
const KNOWN: Readonly<Record<RequestOutcome, true>> = {
  success: true,
  client_gone: true,
  stream_interrupted: true,
  upstream_rejected: true,
  upstream_error: true,
  upstream_timeout: true,
  internal_error: true,
  expired: true,
}
export const OUTCOMES = Object.keys(KNOWN)

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
