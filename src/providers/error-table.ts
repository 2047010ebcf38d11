// A provider's errors as data: which of its words mean which class. By provider and code, never by status alone: the same
// code means opposite things at two providers, and money is missing under 400, 402, 403 and 429.

import type { CircuitScope, FailureClass } from '../core/failure.ts'

/** The parts of an error that its class is decided by. Empty where the provider said nothing. */
export interface ErrorFacts {
  readonly status: number
  readonly code: string
  readonly type: string
  readonly message: string
}

/** Every condition that is set must hold. */
export interface ErrorRow {
  readonly class: FailureClass
  /** Any of these as code or as type, exactly. */
  readonly words?: readonly string[]
  readonly message?: RegExp
  /** Set where it speaks of more or less than the class usually does. */
  readonly scope?: CircuitScope
}

export interface ErrorTable {
  /** The first row that fits decides. */
  readonly rows: readonly ErrorRow[]
  /** What follows these words in a message is how long to wait, where no header says it. */
  readonly waitAfter: RegExp | null
}

export type ErrorVerdict = Pick<ErrorRow, 'class' | 'scope'>

export function classifyError({ rows }: ErrorTable, facts: ErrorFacts): ErrorVerdict {
  for (const row of rows) if (fits(row, facts)) return row
  return verdictOfStatus(facts)
}

function fits({ words, message }: ErrorRow, facts: ErrorFacts): boolean {
  if (words !== undefined && !words.includes(facts.code) && !words.includes(facts.type)) return false
  return message === undefined || message.test(facts.message)
}

interface StatusRow extends ErrorVerdict {
  readonly status: number
  /**
   * Key, account, model and request are the provider's to judge, in its own shape: a proxy's page with the same status
   * says nothing about them.
   */
  readonly needs?: 'word' | 'message'
}

const BY_STATUS: readonly StatusRow[] = [
  { status: 400, class: 'bad_request', needs: 'message' },
  { status: 401, class: 'unauthorized', needs: 'word' },
  { status: 402, class: 'out_of_money', needs: 'word' },
  // Not known to be more than this model's.
  { status: 403, class: 'unauthorized', needs: 'word', scope: 'model' },
  { status: 404, class: 'model_missing', needs: 'word' },
  { status: 408, class: 'timeout' },
  { status: 413, class: 'context_too_long', needs: 'word' },
  { status: 422, class: 'bad_request', needs: 'message' },
  { status: 429, class: 'rate_limited' },
  { status: 504, class: 'timeout' },
]

/** What remains where the provider used no word of its table. */
function verdictOfStatus(facts: ErrorFacts): ErrorVerdict {
  const hasWord = facts.code !== '' || facts.type !== ''
  const row = BY_STATUS.find(({ status }) => status === facts.status)
  if (row === undefined) {
    if (facts.status >= 500) return { class: 'overloaded' }
    return { class: hasWord && facts.status >= 400 ? 'bad_request' : 'malformed' }
  }
  const isSaid = row.needs === undefined || hasWord || (row.needs === 'message' && facts.message !== '')
  return isSaid ? row : { class: 'malformed' }
}
