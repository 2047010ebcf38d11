// Why no route can serve a request, in words that say what would have to change.

import { GatewayError } from '../core/errors.ts'
import { formatUsd } from '../core/money.ts'
import type { Route } from '../core/route.ts'
import type { NameFilter } from '../openai/chat-request.ts'
import { allObstacles, type Obstacle } from './obstacles.ts'
import type { RejectedRoute } from './plan.ts'
import type { Requirements } from './requirements.ts'
import type { World } from './world.ts'

const NEAREST_SHOWN = 5

/** Obstacles that the key's policy puts up. */
const POLICY: readonly Obstacle[] = ['key_tier', 'not_allowed', 'key_jurisdiction']

const WORDS: Readonly<Record<Obstacle, string>> = {
  tier: 'the tier',
  key_tier: "a tier inside the key's min_tier and max_tier",
  off: 'an API key for its provider',
  disabled: 'being enabled',
  circuit_open: 'recovery from recent failures',
  effort: 'the reasoning_effort',
  provider_filter: 'a place in routing.providers',
  not_allowed: "a place in the key's models",
  jurisdiction: 'a place in routing.jurisdictions',
  key_jurisdiction: "a place in the key's jurisdictions",
  retired: 'a vendor that has not switched the model off',
  no_price: 'a price in the catalogue',
  max_output: 'that much output',
  least_output: 'so little output: with tools and reasoning it takes a cap of 16 tokens at least',
  context_window: 'a context window long enough for the prompt and the output',
  'capability:tools': 'tools',
  'capability:custom_tools': 'tools other than functions in `tools` (custom ones, or the older `functions`)',
  'capability:hosted_tools': 'tools and searches that a provider runs itself, whose fees are not known',
  'capability:required_tool_choice': 'a tool_choice of required',
  'capability:forced_tool_choice': 'a tool_choice of a named function',
  'capability:json_object': 'response_format json_object',
  'capability:json_schema': 'response_format json_schema',
  'capability:checked_json_schema': 'response_format json_schema or json_object',
  'capability:images': 'images',
  'capability:image_urls': 'images by URL',
  'capability:video': 'video',
  'capability:audio': 'audio',
  'capability:audio_output': 'spoken answers',
  'capability:files': 'files',
  'capability:file_ids': 'uploaded files',
  'capability:many_choices': 'n above 1',
  'capability:logprobs': 'logprobs',
  'capability:stop': 'stop sequences',
  'capability:blank_stop': 'stop sequences of white space',
  'capability:prefix': 'going on from a given text (prefix, partial)',
  'capability:resume': 'going on with what another route began to write',
  'capability:assistant_last': 'a conversation that ends with the assistant',
  'limit:choices': 'that many choices (n)',
  'limit:stops': 'that many stop sequences',
  'limit:stop_length': 'stop sequences of that length',
  'limit:image_url_length': 'image URLs of that length',
  'limit:image_size': 'images of that size',
  'limit:result_media': 'images and files in results of tools',
  'limit:json_schema': 'a JSON schema with all that this one says',
}

interface Candidate {
  readonly route: Route
  readonly obstacles: readonly Obstacle[]
  /** What a route lacks, in words. */
  readonly lacks: string
}

export function nothingEligible(
  rejected: readonly RejectedRoute[],
  requirements: Requirements,
  world: World,
): GatewayError {
  const cheapest = cheapestWorstCase(rejected)
  if (cheapest !== null) {
    return new GatewayError(
      'max_cost_exceeded',
      `The cheapest route's worst case is ${formatUsd(cheapest.worstCase)} USD (${cheapest.route.id}); ` +
        'routing.max_cost_usd is below it. Raise it, shorten the prompt or set a lower max_completion_tokens.',
      { param: 'routing.max_cost_usd' },
    )
  }
  const candidates = rejected
    .map(({ route, reason }): Candidate => {
      const found = allObstacles(route, requirements, world)
      // A circuit may have closed since the plan was made.
      const obstacles = found.length === 0 ? [reason] : found
      const rules = placeRules(requirements, world.facts.jurisdiction(route))
      return { route, obstacles, lacks: inWords(obstacles, rules) }
    })
    .toSorted((a, b) => a.obstacles.length - b.obstacles.length)
  const { pinned } = requirements
  if (
    pinned !== null &&
    candidates.some(({ obstacles }) => obstacles.every((name) => POLICY.includes(name)))
  ) {
    return new GatewayError(
      'model_not_allowed',
      `This key may not use "${pinned.modelId}": it lacks ${candidates[0]?.lacks ?? ''}.`,
      { param: 'model' },
    )
  }
  if (candidates.some(({ obstacles }) => obstacles.every((name) => name === 'circuit_open'))) {
    return new GatewayError(
      'upstream_error',
      'Every route that could serve this request is recovering from failures; try again soon.',
    )
  }
  return new GatewayError('no_eligible_route', `No route can serve this request. ${nearest(candidates)}`)
}

function cheapestWorstCase(rejected: readonly RejectedRoute[]): { route: Route; worstCase: number } | null {
  let cheapest: { route: Route; worstCase: number } | null = null
  for (const { route, worstCase } of rejected) {
    if (worstCase !== null && (cheapest === null || worstCase < cheapest.worstCase))
      cheapest = { route, worstCase }
  }
  return cheapest
}

function nearest(candidates: readonly Candidate[]): string {
  if (candidates.length === 0) return 'The catalogue has none.'
  const repeated = findRepeated(candidates)
  const shown = candidates
    .toSorted(
      (a, b) => a.obstacles.length - b.obstacles.length || Number(repeated.has(a)) - Number(repeated.has(b)),
    )
    .slice(0, NEAREST_SHOWN)
  return `Nearest: ${shown.map(({ route, lacks }) => `${route.id} lacks ${lacks}`).join('; ')}.`
}

/** Of two rules that shut out each other's routes, both are to be told. */
function findRepeated(candidates: readonly Candidate[]): ReadonlySet<Candidate> {
  const told = new Set<string>()
  return new Set(candidates.filter(({ lacks }) => told.size === told.add(lacks).size))
}

type PlaceRules = Readonly<Record<string, string>>

/** Where a request may go is a rule that somebody has to answer for: it is told whole, with where the route runs. */
function placeRules({ jurisdictions, keyJurisdictions }: Requirements, where: string): PlaceRules {
  return {
    jurisdiction: ` (${filterWords(jurisdictions)}; it runs in ${where})`,
    key_jurisdiction: ` (only ${(keyJurisdictions ?? []).join(', ')}; it runs in ${where})`,
  }
}

function filterWords({ only, ignore }: NameFilter<string>): string {
  const rules = [
    ...(only === null ? [] : [`only ${only.join(', ')}`]),
    ...(ignore.length === 0 ? [] : [`not ${ignore.join(', ')}`]),
  ]
  return rules.join(', ')
}

function inWords(obstacles: readonly Obstacle[], rules: PlaceRules): string {
  return obstacles
    .map((name) => (WORDS[name] ?? name.replace('hint:', 'the hint ')) + (rules[name] ?? ''))
    .join(', ')
}
