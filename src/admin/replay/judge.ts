// Whether a route could serve a logged request under other rules. The log has no prompt: it has the verdict on every route
// that there was, with its first reason. From that follows what can be known of a route that was not looked at further, and
// what cannot is said to be unknown.

import type { Route } from '../../core/route.ts'
import { tierRank } from '../../core/tier.ts'
import { promptTokens } from '../../core/usage.ts'
import type { KeptRequest } from './kept-request.ts'
import { priceAt, type Scene, type Used } from './scene.ts'

export type Judgement = 'yes' | 'no' | 'unknown'

export interface Question extends Used {
  readonly before: Scene
  readonly after: Scene
  /** Null for a pinned model, which has only its own routes. */
  readonly neededRank: number | null
  /** Providers that are taken to be on, though they were off. */
  readonly switchedOn: ReadonlySet<string>
}

/** `place`: of the route in the list by which the request was decided; -1 where it is not in it. */
export function judge(route: Route, place: number, { kept, question }: Case): Judgement {
  const { after, neededRank } = question
  if (neededRank !== null && tierRank(route.tier) < neededRank) return 'no'
  if (after.disabled.has(route.provider)) return 'no'
  const judgement = judgeByVerdict(route, place, { kept, question })
  if (judgement === 'no' || priceAt(after, route, question) === null || !fits(route, question)) return 'no'
  return judgement
}

export interface Case {
  readonly kept: KeptRequest
  readonly question: Question
}

function judgeByVerdict(route: Route, place: number, { kept, question }: Case): Judgement {
  if (place === -1) return question.neededRank === null ? 'no' : infer(route, kept)
  if (kept.rankAt(place) !== -1) return 'yes'
  const reason = kept.reasonAt(place)
  switch (reason) {
    // Another model than the one that was pinned.
    case null:
      return 'no'
    // The first thing that is looked at: nothing else is known.
    case 'tier':
      return infer(route, kept)
    case 'key_tier':
      return question.before.catalog.route(route.id)?.tier === route.tier ? 'no' : infer(route, kept)
    case 'off':
      return question.switchedOn.has(route.provider) ? infer(route, kept) : 'no'
    // Everything that never changes had been looked at before.
    case 'no_price':
    case 'retired':
      return 'yes'
    case 'context_window':
      return isLonger(route, question) ? 'yes' : 'no'
    default:
      return stillLacks(route, reason) ? 'no' : infer(route, kept)
  }
}

/** With the tokens that it really had. */
function fits({ maxPromptTokens, contextTokens }: Route, { usage }: Question): boolean {
  const prompt = promptTokens(usage)
  return prompt <= maxPromptTokens && prompt + usage.output <= contextTokens
}

function isLonger({ id, contextTokens, maxPromptTokens }: Route, { before }: Question): boolean {
  const was = before.catalog.route(id)
  return was === undefined || contextTokens > was.contextTokens || maxPromptTokens > was.maxPromptTokens
}

/** What stood in the way still does: any reason but a capability that the route has by now. */
function stillLacks({ capabilities }: Route, reason: string): boolean {
  const [kind, name] = reason.split(':')
  return kind !== 'capability' || ![...capabilities].some((capability) => capability === name)
}

const ABOUT_PROVIDERS = /^(?:provider_filter|not_allowed|jurisdiction|key_jurisdiction|limit:.*|hint:.*)$/

/** By what is known of the routes that could serve it, and by the reasons against the others. */
function infer(route: Route, kept: KeptRequest): Judgement {
  const { eligible, reasons } = kept
  for (const reason of reasons) if (reason.startsWith('capability:') && stillLacks(route, reason)) return 'no'
  if (reasons.has('key_tier') && !eligible.some(({ tier }) => tier === route.tier)) return 'no'
  if (eligible.length === 0 || !kept.needed.every((name) => route.capabilities.has(name))) return 'unknown'
  const isOfKnownProvider = eligible.some(({ provider }) => provider === route.provider)
  if (!isOfKnownProvider && [...reasons].some((reason) => ABOUT_PROVIDERS.test(reason))) return 'unknown'
  if (reasons.has('effort') && !eligible.some(({ effort }) => effort === route.effort)) return 'unknown'
  return 'yes'
}
