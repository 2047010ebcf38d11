// The way of one chat completion, top to bottom: read what is asked, plan, hold the worst case, try route by route and
// answer, settle. Each step is a call; what it does stands in its own file.

import { performance } from 'node:perf_hooks'
import type { CallerPolicy } from '../core/caller.ts'
import { GatewayError } from '../core/errors.ts'
import { parseChatRequest } from '../openai/parse-chat-request.ts'
import type { RequestHeaders } from '../openai/routing-options.ts'
import { encodeDecision } from '../routing/decision.ts'
import { planRoutes } from '../routing/plan.ts'
import { readRequirements } from '../routing/requirements.ts'
import type { ClientReply } from './client-reply.ts'
import { holdWorstCase } from './hold.ts'
import { runPlan } from './run-plan.ts'
import type { ChatServices } from './services.ts'
import { settle } from './settle.ts'
import { type Story, startStopwatch } from './story.ts'
import { createWorldView, type WorldView } from './world.ts'

export interface ChatCall {
  readonly requestId: string
  /** The body as it came. */
  readonly raw: Buffer
  readonly headers: RequestHeaders
  readonly caller: CallerPolicy
  readonly client: ClientReply
}

/** Answers the client, whatever happens, and resolves once the request is booked; never rejects. */
export type Complete = (call: ChatCall) => Promise<void>

export function createComplete(services: ChatServices): Complete {
  const world = createWorldView(services)
  return async (call) => {
    try {
      const story = plan(services, world, call)
      const held = await holdWorstCase(services, story)
      const run = await runPlan(services, story, held)
      await settle(services, story, run)
    } catch (error) {
      // A hold that was taken runs out by itself, and the sweep books what had been sent.
      services.leases.release(call.requestId)
      refuse(services, call, error)
    }
  }
}

function plan(services: ChatServices, world: WorldView, call: ChatCall): Story {
  const { caller } = call
  const stopwatch = startStopwatch(() => performance.now())
  const startedAtMs = services.clock.now()
  const request = parseChatRequest(call.raw, call.headers)
  const requirements = readRequirements(request, caller, services.names)
  const planned = planRoutes(requirements, world.at(startedAtMs))
  return {
    requestId: call.requestId,
    payer: { keyId: caller.keyId, team: caller.team, project: caller.project },
    tags: { ...caller.tags, ...request.routing.tags },
    client: call.client,
    request,
    requirements,
    plan: planned,
    decision: encodeDecision(planned, services.routeList),
    startedAtMs,
    stopwatch,
    onContentFilter: caller.onContentFilter,
  }
}

function refuse(services: ChatServices, call: ChatCall, thrown: unknown): void {
  const error =
    thrown instanceof GatewayError
      ? thrown
      : new GatewayError(
          'internal_error',
          'The gateway failed on this request; its log has the reason under the request id.',
          { cause: thrown },
        )
  call.client.fail(error, [])
  const { keyId, team } = call.caller
  services.listener.refused({ requestId: call.requestId, kind: error.kind, keyId, team, cause: error.cause })
}
