// The end of an answer, to the client: a whole one with what it cost in it, a stream with its usage chunk and end mark.

import type { AttemptRecord } from '../core/request-record.ts'
import type { Usage } from '../core/usage.ts'
import { choiceEdits } from '../openai/answer-choices.ts'
import { editObject } from '../openai/json-edit.ts'
import type { ProviderAnswer } from '../providers/provider.ts'
import { readDecision } from '../routing/decision.ts'
import { type Answered, type Baseline, baselineOfAttempts } from './baseline.ts'
import type { ReplyHeaders } from './client-reply.ts'
import type { RelayedAnswer } from './relayed-answer.ts'
import { type Bill, billOf, costHeaders, usageJson } from './reply.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'
import type { Transcript } from './transcript.ts'

/** A complete answer that the client does not have yet, or not to its end. */
export interface Answer {
  readonly content: ProviderAnswer | RelayedAnswer
  readonly headers: ReplyHeaders
  readonly usage: AnswerUsage
  /** Of an answer that several attempts wrote; else null. */
  readonly transcript: Transcript | null
}

/** Of an answer that one attempt wrote they are the same. */
export interface AnswerUsage {
  /** Of all attempts that wrote it: what the client pays for, and is told. */
  readonly told: Usage
  /** As one unbroken answer of the model that began it would have used it: what savings are measured by. */
  readonly asOne: Answered
}

/** `first`: the attempt that began it. One that goes on, or mends, reads the prompt again. */
export function usageOfParts(first: AttemptRecord, told: Usage): AnswerUsage {
  const usage = { ...first.usage, output: told.output, reasoning: told.reasoning }
  return { told, asOne: { usage, route: first } }
}

/** `attempts`: all of the request, whose cost the client is told. Gives the baseline that it is told of. */
export function deliver(
  services: ChatServices,
  story: Story,
  { answer, attempts }: { readonly answer: Answer; readonly attempts: readonly AttemptRecord[] },
): Baseline {
  const { content, headers, usage } = answer
  const baseline = baselineOfAttempts(services, story, { attempts, answered: usage.asOne })
  const bill = billOf(attempts, baseline.baseline)
  if ('json' in content) {
    const explanation = story.request.routing.explain ? explain(services, story) : {}
    const set = { usage: usageJson(usage.told, bill, content.reportedUsage), ...explanation }
    // The provider's own bytes, with what the request cost in them, and with what OpenAI's answers always have.
    story.client.json(
      200,
      [...headers, ...costHeaders(bill)],
      editObject(content.json, content.members, {
        set,
        replace: choiceEdits(content.json, content.members.get('choices')),
      }),
    )
    return baseline
  }
  content.release()
  story.client.end(streamEnd(story, { answer, content, bill }))
  return baseline
}

function explain({ routeList }: ChatServices, { decision }: Story): { readonly farthing: string } {
  return { farthing: JSON.stringify({ candidates: readDecision(decision, routeList.ids) }) }
}

interface StreamEnd {
  readonly answer: Answer
  readonly content: RelayedAnswer
  readonly bill: Bill
}

/** The usage chunk, for a client that asked for it, then the end mark. */
function streamEnd({ request }: Story, { answer, content, bill }: StreamEnd): string {
  if (!request.wantsStreamUsage) return 'data: [DONE]\n\n'
  const { usage, transcript } = answer
  const envelope = transcript?.envelope ?? content.envelope
  const head = JSON.stringify({ ...envelope, object: 'chat.completion.chunk', choices: [] })
  // In a provider's own words stands only what that one used.
  const reported = transcript === null ? content.reportedUsage : undefined
  return `data: ${head.slice(0, -1)},"usage":${usageJson(usage.told, bill, reported)}}\n\ndata: [DONE]\n\n`
}
