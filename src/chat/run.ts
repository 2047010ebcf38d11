// How a plan that was run ended, and the ends that both runs have: a whole answer, and one that broke off for good.

import { GatewayError } from '../core/errors.ts'
import type { AttemptFailure } from '../core/failure.ts'
import type { AttemptRecord, RequestOutcome } from '../core/request-record.ts'
import type { Answered, Baseline } from './baseline.ts'
import { type Answer, deliver } from './deliver.ts'
import { wordsForClient } from './failure-words.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'

/** A plan that was run to its end; the client has been answered. */
export interface Run {
  readonly outcome: RequestOutcome
  /** HTTP status the client got. */
  readonly status: number
  /** In order; the last one is the one that answered, if any did. */
  readonly attempts: readonly AttemptRecord[]
  /** What the client got, as one model would have used it; null when it got no answer. */
  readonly answered: Answered | null
  /** Set where the client got a whole answer. */
  readonly baseline?: Baseline
}

export interface Finish {
  readonly answer: Answer
  readonly attempts: readonly AttemptRecord[]
}

export function finish(services: ChatServices, story: Story, { answer, attempts }: Finish): Run {
  const baseline = deliver(services, story, { answer, attempts })
  return { outcome: 'success', status: 200, attempts, answered: answer.usage.asOne, baseline }
}

export interface Interruption {
  readonly failure: AttemptFailure | null
  readonly attempts: readonly AttemptRecord[]
  readonly answered: Answered
}

/** The truthful end of a stream that broke off: an error event, and no `[DONE]`. */
export function interrupt({ client }: Story, { failure, attempts, answered }: Interruption): Run {
  const reason = failure === null ? 'no reason given' : wordsForClient(failure)
  client.fail(
    new GatewayError('stream_interrupted', `The provider's stream broke off: ${reason.replace(/\.$/, '')}.`),
    [],
  )
  return { outcome: 'stream_interrupted', status: 200, attempts, answered }
}
