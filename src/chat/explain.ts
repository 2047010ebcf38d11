// What would become of a request, and why, with nothing sent, held or booked. It is planned as it would be served, with what
// is known at this moment; reasoning of earlier turns that would be given back is left out, as only its key can read it.

import type { ChargeBook } from '../budgets/charges.ts'
import type { CallerPolicy } from '../core/caller.ts'
import { GatewayError } from '../core/errors.ts'
import { usdFromPico } from '../core/money.ts'
import type { Route } from '../core/route.ts'
import { promptTokens } from '../core/usage.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import { parseChatRequest } from '../openai/parse-chat-request.ts'
import type { RequestHeaders } from '../openai/routing-options.ts'
import { whyFirst } from '../routing/decision.ts'
import { allObstacles } from '../routing/obstacles.ts'
import { type Plan, type PlannedRoute, planRoutes } from '../routing/plan.ts'
import { type Requirements, readRequirements } from '../routing/requirements.ts'
import type { World } from '../routing/world.ts'
import { baselineOf, type Measure } from './baseline.ts'
import { readCheckedSchema } from './checked-schema.ts'
import type { PlanServices } from './plan-services.ts'
import type { ChatServices } from './services.ts'
import { createWorldView } from './world.ts'

export interface ExplainCall {
  /** The body, as a client would send it. */
  readonly raw: Buffer
  readonly headers: RequestHeaders
  readonly caller: CallerPolicy
}

export type Explain = (call: ExplainCall) => Promise<Explanation>
export type Explanation = Awaited<ReturnType<ReturnType<typeof createExplain>>>

export interface ExplainServices extends PlanServices, Pick<ChatServices, 'schemas'> {
  readonly charges: Pick<ChargeBook, 'of'>
}

/** Rejects with GatewayError where the request itself is wrong; one that nobody can serve is explained. */
export function createExplain(services: ExplainServices) {
  const view = createWorldView(services)
  return async ({ raw, headers, caller }: ExplainCall) => {
    const request = parseChatRequest(raw, headers, services.providers.names)
    const schema = await readCheckedSchema(request, {
      choice: services.policy.jsonSchema,
      checker: services.schemas,
    })
    const asked = readRequirements(request, caller, { ...services.names, checksSchema: schema !== null })
    const isBounded = services.charges.of(caller)?.needsOutputBound === true
    const requirements = { ...asked, needsOutputBound: isBounded || asked.needsOutputBound }
    const world = view.at(services.clock.now())
    const { plan, refusal } = planOrRefusal(requirements, world)
    return {
      object: 'explanation',
      at: new Date(world.nowMs).toISOString(),
      requested_model: request.model,
      key_id: caller.keyId,
      tier: requirements.tier,
      ...(plan === null ? NOBODY : chosenOf(services, { request, requirements, plan, world })),
      refusal: refusal === null ? null : refusalOf(refusal),
      needs: { capabilities: requirements.capabilities, reasoning_effort: request.reasoningEffort },
      candidates: [
        ...(plan === null ? [] : eligibleOf(plan)),
        ...ineligibleOf({ requirements, plan, world }),
      ],
    }
  }
}

interface Outcome {
  readonly plan: Plan | null
  readonly refusal: GatewayError | null
}

function planOrRefusal(requirements: Requirements, world: World): Outcome {
  try {
    return { plan: planRoutes(requirements, world), refusal: null }
  } catch (error) {
    if (error instanceof GatewayError) return { plan: null, refusal: error }
    throw error
  }
}

function refusalOf({ status, code, message }: GatewayError) {
  return { status, code, message }
}

const NOBODY = { route: null, reason: null, expected: null, dropped: [] }

interface Planned {
  readonly request: ChatRequest
  readonly requirements: Requirements
  readonly plan: Plan
  readonly world: World
}

function chosenOf(services: ExplainServices, { request, requirements, plan, world }: Planned) {
  const first = plan.at(0)
  const { route, outputCap } = first
  const { dropped } = services.providers
    .for(route, request)
    .buildRequest(request, { route, outputCap, mayThink: true })
  return {
    route: route.id,
    reason: whyFirst(plan),
    expected: {
      ...costsOf(first),
      ...savingOf(services, { first, requirements, startedAtMs: world.nowMs }),
    },
    /** Parameters that this route would be asked without. */
    dropped,
  }
}

interface Measured extends Measure {
  readonly first: PlannedRoute
}

function savingOf(services: ExplainServices, { first, ...measure }: Measured) {
  const { baseline, baselineModel } = baselineOf(services, measure, first)
  const isKnown = baselineModel !== null
  return {
    baseline_model: baselineModel,
    baseline_usd: isKnown ? usdFromPico(baseline) : null,
    saved_usd: isKnown ? usdFromPico(baseline - first.expectedCost) : null,
  }
}

function eligibleOf(plan: Plan) {
  return plan.chosen.map((planned, rank) => ({
    ...placeOf(planned.route),
    verdict: rank === 0 ? ('chosen' as const) : ('fallback' as const),
    reasons: plan.isBehindAt(rank) ? ['rate_limited_upstream'] : [],
    ...costsOf(planned),
  }))
}

function costsOf({ usage, expectedCost, worstCase, outputCap }: PlannedRoute) {
  return {
    input_tokens: promptTokens(usage),
    cached_tokens: usage.cacheRead,
    output_tokens: usage.output,
    /** What the gateway would bound the output to, where a limit of its own needs it. */
    output_cap: outputCap,
    expected_cost_usd: usdFromPico(expectedCost),
    worst_case_cost_usd: usdFromPico(worstCase),
  }
}

function placeOf({ id, tier }: Route) {
  return { route: id, tier }
}

const NO_COSTS = {
  input_tokens: null,
  cached_tokens: null,
  output_tokens: null,
  output_cap: null,
  expected_cost_usd: null,
  worst_case_cost_usd: null,
}

interface Unserved extends Pick<Planned, 'requirements' | 'world'>, Pick<Outcome, 'plan'> {}

/** With every obstacle, where a plan stops at the first; the nearest to being eligible come first. */
function ineligibleOf({ requirements, plan, world }: Unserved) {
  const eligible = new Set(plan?.chosen.map(({ route }) => route))
  const asked = requirements.pinned?.routes ?? world.table.routes
  return asked
    .filter((route) => !eligible.has(route))
    .map((route) => {
      const obstacles = allObstacles(route, requirements, world)
      return {
        ...placeOf(route),
        verdict: 'ineligible' as const,
        reasons: obstacles.length > 0 ? obstacles : ['max_cost'],
        ...NO_COSTS,
      }
    })
    .toSorted((one, other) => one.reasons.length - other.reasons.length)
}
