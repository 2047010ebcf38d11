// Which requests are sampled, and what becomes of them: watched while they run, redacted and kept when they are over. Where
// no team is sampled, a request meets one comparison.

import { hash } from 'node:crypto'
import type { ChatCall } from '../chat/complete.ts'
import type { RequestListener } from '../chat/services.ts'
import type { ContentPolicy, SampledContent } from '../core/sampled-content.ts'
import { StoreUnavailableError } from '../ledger/store.ts'
import { AnswerContent } from './answer-content.ts'
import { type ContentArchive, type ContentArchiveOptions, createContentArchive } from './content-archive.ts'
import { createRedactor, type Redact } from './redactor.ts'
import { readRequestContent } from './request-content.ts'
import { createTimeLimit, type WithinTime } from './time-limit.ts'
import { WatchedReply } from './watched-reply.ts'

export interface ContentLog {
  /** Where it is kept. */
  readonly archive: ContentArchive
  /** From now on; requests under way end as they began. */
  configure(teams: ReadonlyMap<string, ContentPolicy>): void
  /** The call as it came, or one whose answer is watched. */
  begin(call: ChatCall): ChatCall
  /** What was watched of a request is kept when it is in the ledger, and forgotten where it does not come there. */
  over(listener: RequestListener): RequestListener
}

export interface ContentLogOptions extends ContentArchiveOptions {
  readonly teams: ReadonlyMap<string, ContentPolicy>
  /** Told what kept content from being kept, and never what it was. */
  readonly logger: { warn(fields: object, text: string): void }
}

interface TeamSampling {
  readonly policy: ContentPolicy
  readonly redact: Redact
  /** The operator's own expressions alone can take long. */
  readonly within: WithinTime
  /** In a row. */
  failures: number
}

interface Watched {
  readonly team: string
  readonly sampling: TeamSampling
  readonly raw: Buffer
  readonly answer: AnswerContent
}

/** While it lasts nothing else happens; the built-in expressions take a millisecond or two. */
const REDACTION_MS = 100
/** Then a team is sampled no more: nobody else is to wait for what comes to nothing. */
const MAX_FAILURES = 3

export function createContentLog({ teams, logger, ...options }: ContentLogOptions): ContentLog {
  const archive = createContentArchive(options)
  let samplings = buildSamplings(teams)
  const watched = new Map<string, Watched>()

  const take = (requestId: string): Watched | undefined => {
    if (watched.size === 0) return undefined
    const one = watched.get(requestId)
    watched.delete(requestId)
    return one
  }
  const read = ({ sampling, raw, answer }: Watched): SampledContent => {
    const { redact, within } = sampling
    return within(() => ({ ...readRequestContent(raw, redact), answer: answer.messages(redact) }))
  }
  const keep = async (requestId: string, one: Watched): Promise<void> => {
    const { team, sampling } = one
    if (sampling.failures === MAX_FAILURES) return
    try {
      const content = read(one)
      sampling.failures = 0
      await archive.keep({ team, requestId, content, retentionMs: sampling.policy.retentionMs })
    } catch (error) {
      // A store that is away is known elsewhere.
      if (error instanceof StoreUnavailableError) return
      sampling.failures++
      logger.warn({ err: error, team }, 'sampled content was not kept')
    }
  }
  return {
    archive,
    configure(next) {
      samplings = buildSamplings(next)
    },
    begin(call) {
      if (samplings === null) return call
      const { team } = call.caller
      const sampling = team === null ? undefined : samplings.get(team)
      if (team === null || sampling === undefined || !isSampled(call.requestId, sampling.policy)) return call
      const answer = new AnswerContent()
      watched.set(call.requestId, { team, sampling, raw: call.raw, answer })
      return { ...call, client: new WatchedReply(call.client, answer) }
    },
    over: (listener) => ({
      ...listener,
      finished(record) {
        const one = take(record.requestId)
        if (one !== undefined) void keep(record.requestId, one)
        listener.finished(record)
      },
      refused(refusal) {
        take(refusal.requestId)
        listener.refused(refusal)
      },
    }),
  }
}

function buildSamplings(teams: ReadonlyMap<string, ContentPolicy>): ReadonlyMap<string, TeamSampling> | null {
  if (teams.size === 0) return null
  const limit = createTimeLimit(REDACTION_MS)
  return new Map(
    Array.from(teams, ([team, policy]) => [
      team,
      {
        policy,
        redact: createRedactor(policy),
        within: policy.patterns.length === 0 ? (run) => run() : limit,
        failures: 0,
      },
    ]),
  )
}

/** By the request's id alone: every gateway decides the same. */
function isSampled(requestId: string, { sample }: ContentPolicy): boolean {
  return hash('sha256', requestId, 'buffer').readUIntBE(0, 6) / 2 ** 48 < sample
}
