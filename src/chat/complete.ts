// The way of one chat completion, top to bottom: read what is asked, recall what its earlier turns need, plan, hold the
// worst case, try route by route and answer, settle. Each step is a call; what it does stands in its own file.

import { performance } from 'node:perf_hooks'
import type { CallerPolicy } from '../core/caller.ts'
import { GatewayError } from '../core/errors.ts'
import { readTraceContext } from '../core/trace-context.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import { parseChatRequest } from '../openai/parse-chat-request.ts'
import type { RequestHeaders } from '../openai/routing-options.ts'
import { encodeDecision } from '../routing/decision.ts'
import { type Plan, planRoutes, RestingRoutesError } from '../routing/plan.ts'
import { type Requirements, readRequirements } from '../routing/requirements.ts'
import type { World } from '../routing/world.ts'
import { type CheckedSchema, readCheckedSchema } from './checked-schema.ts'
import type { ClientReply } from './client-reply.ts'
import { explainFailure } from './explain-failure.ts'
import { holdWorstCase } from './hold.ts'
import { recalledBytes } from './recalled-turns.ts'
import { mergeTags } from './request-tags.ts'
import { runPlan } from './run-plan.ts'
import type { ChatServices } from './services.ts'
import { settle } from './settle.ts'
import { type Stopwatch, type Story, startStopwatch } from './story.ts'
import type { RecalledTurns } from './turn-memory.ts'
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
      const opened = open(services, call)
      const recalled = services.turns.recall(opened.request, call.caller.seal)
      const schema = readCheckedSchema(opened.request, {
        choice: services.policy.jsonSchema,
        checker: services.schemas,
      })
      const story = plan(services, world, {
        ...opened,
        // A request that needs neither waits for nothing.
        recalled: recalled === null ? NOTHING : await recalled,
        schema: schema === null ? null : await schema,
      })
      if (story.plan.size === 0) return await turnAway(services, story)
      const held = await holdWorstCase(services, story)
      const run = await runPlan(services, held.story, { held: held.amount, world })
      await settle(services, held.story, run)
    } catch (error) {
      // A hold that was taken runs out by itself, and the sweep books what had been sent.
      services.leases.release(call.requestId)
      refuse(services, call, error)
    }
  }
}

const readStopwatch = (): number => performance.now()
const NOTHING: RecalledTurns = new Map()

interface Opened {
  readonly call: ChatCall
  readonly request: ChatRequest
  readonly startedAtMs: number
  readonly stopwatch: Stopwatch
}

function open(services: ChatServices, call: ChatCall): Opened {
  const stopwatch = startStopwatch(readStopwatch)
  const startedAtMs = services.clock.now()
  return {
    call,
    request: parseChatRequest(call.raw, call.headers, services.providers.names),
    startedAtMs,
    stopwatch,
  }
}

interface Prepared extends Opened {
  readonly recalled: RecalledTurns
  readonly schema: CheckedSchema | null
}

function plan(services: ChatServices, view: WorldView, prepared: Prepared): Story {
  const { call, request, recalled, schema, startedAtMs, stopwatch } = prepared
  const { caller } = call
  const world = view.at(startedAtMs)
  const names = schema === null ? services.names : { ...services.names, checksSchema: true }
  const asked = readRequirements(request, caller, names)
  const bytes = recalledBytes(services.providers, { recalled, request }, world.table.routes)
  const isBounded = services.charges.of(caller)?.needsOutputBound === true
  // Most requests are as they were asked.
  const requirements =
    bytes === null && !isBounded
      ? asked
      : { ...asked, needsOutputBound: isBounded || asked.needsOutputBound, recalledBytes: bytes }
  const planned = planOrResting(requirements, world)
  return {
    requestId: call.requestId,
    payer: { keyId: caller.keyId, team: caller.team, project: caller.project },
    tags: mergeTags(caller, request.routing.tags),
    client: call.client,
    request,
    recalled,
    schema,
    requirements,
    plan: planned,
    decision: encodeDecision(planned, services.routeList),
    startedAtMs,
    stopwatch,
    caller,
    trace: readTraceContext(call.headers['traceparent']) ?? services.beginTrace?.() ?? null,
  }
}

/** Without a route where all that could serve it rest. */
function planOrResting(requirements: Requirements, world: World): Plan {
  try {
    return planRoutes(requirements, world)
  } catch (error) {
    if (error instanceof RestingRoutesError) return error.plan
    throw error
  }
}

/** A request that nothing was sent of, through no fault of its own, stands beside those that failed. */
async function turnAway(services: ChatServices, story: Story): Promise<void> {
  const { outcome, error } = explainFailure([])
  story.client.fail(error, [])
  await settle(services, story, { outcome, status: error.status, attempts: [], answered: null })
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
