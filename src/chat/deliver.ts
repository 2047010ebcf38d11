// The end of an answer, to the client: a whole one with what it cost in it, a stream with its usage chunk and end mark.

import type { AttemptRecord } from '../core/request-record.ts'
import { editObject } from '../openai/json-edit.ts'
import type { ProviderAnswer } from '../providers/provider.ts'
import { readDecision } from '../routing/decision.ts'
import { baselineOf } from './baseline.ts'
import type { ReplyHeaders } from './client-reply.ts'
import type { RelayedAnswer } from './relayed-answer.ts'
import { type Bill, billOf, costHeaders, usageJson } from './reply.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'

/** A complete answer that the client does not have yet, or not to its end. */
export interface Answer {
  readonly content: ProviderAnswer | RelayedAnswer
  readonly headers: ReplyHeaders
  /** The attempt that it came from. */
  readonly record: AttemptRecord
}

/** `attempts`: all of the request, whose cost the client is told. */
export function deliver(
  services: ChatServices,
  story: Story,
  { answer, attempts }: { readonly answer: Answer; readonly attempts: readonly AttemptRecord[] },
): void {
  const { content, headers, record } = answer
  const bill = billOf(attempts, baselineOf(services, story, record.usage).baseline)
  if ('json' in content) {
    const explanation = story.request.routing.explain ? explain(services, story) : {}
    const set = { usage: usageJson(record.usage, bill, content.reportedUsage), ...explanation }
    // The provider's own bytes, with what the request cost in them.
    story.client.json(
      200,
      [...headers, ...costHeaders(bill)],
      editObject(content.json, content.members, { set }),
    )
    return
  }
  content.release()
  story.client.end(streamEnd(story, { content, record, bill }))
}

function explain({ routeList }: ChatServices, { decision }: Story): { readonly farthing: string } {
  return { farthing: JSON.stringify({ candidates: readDecision(decision, routeList.ids) }) }
}

interface StreamEnd {
  readonly content: RelayedAnswer
  readonly record: AttemptRecord
  readonly bill: Bill
}

/** The usage chunk, for a client that asked for it, then the end mark. */
function streamEnd({ request }: Story, { content, record, bill }: StreamEnd): string {
  if (!request.wantsStreamUsage) return 'data: [DONE]\n\n'
  const head = JSON.stringify({ ...content.envelope, object: 'chat.completion.chunk', choices: [] })
  const usage = usageJson(record.usage, bill, content.reportedUsage)
  return `data: ${head.slice(0, -1)},"usage":${usage}}\n\ndata: [DONE]\n\n`
}
