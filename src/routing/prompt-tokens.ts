// Prompt tokens of a request on a route: estimated from its text profile, corrected by what providers report, and bounded.

import type { Requirements } from './requirements.ts'
import type { Place } from './route-table.ts'
import type { TextProfile } from './text-profile.ts'
import { textTokens, tokenizerFamily } from './tokenizer-families.ts'
import type { World } from './world.ts'

/** Uncorrected. */
export function estimatePromptTokens(profile: TextProfile, familyName: string): number {
  const family = tokenizerFamily(familyName)
  return Math.ceil(
    textTokens(profile.features, family) +
      profile.messages * family.perMessage +
      family.perRequest +
      (profile.hasTools ? family.toolPreamble : 0) +
      profile.media.expected,
  )
}

/**
 * What the prompt cannot exceed on a route with this limit, for holds. A token stands for at least one byte of the text that the
 * tokenizer reads (byte-level BPE, or bytes as the fallback), so bytes bound tokens; and no provider takes a prompt that
 * is longer than its limit. Loose (about four times the estimate on English), because it has to hold.
 */
export function promptTokensUpperBound(
  { mostTokens }: TextProfile,
  maxPromptTokens: number,
  recalledBytes = 0,
): number {
  return Math.min(mostTokens + recalledBytes, maxPromptTokens)
}

/** Bytes of reasoning per token. */
const BYTES_PER_TOKEN = 4

/** The prompt as the route will see it: what the client sent, and what is given back with it. */
export function expectedPrompt(
  place: Place,
  { profile, recalledBytes }: Pick<Requirements, 'profile' | 'recalledBytes'>,
  world: Pick<World, 'promptTokens'>,
): number {
  const prompt = world.promptTokens(place, profile)
  return recalledBytes === null ? prompt : prompt + Math.ceil((recalledBytes[place] ?? 0) / BYTES_PER_TOKEN)
}

/** Learns how a provider's own count differs from the estimate. */
export interface TokenCorrection {
  /** What to multiply the family's estimates by. */
  factor(familyName: string): number
  /** The estimate times the factor; never above what holds cover. */
  promptTokens(familyName: string, profile: TextProfile): number
  /** A provider reported `reported` prompt tokens, all classes, for the request with this profile. */
  observe(familyName: string, profile: TextProfile, reported: number): void
}

const LEAST_FACTOR = 0.5
const MOST_FACTOR = 2.5
/** Weight of the newest observation once there are many: the last forty or so decide. */
const LEAST_WEIGHT = 0.025
/** Observations that the estimator's own word counts for. */
const PRIOR_OBSERVATIONS = 4
/** In shorter prompts the template's overhead, not the text, makes the difference. */
const LEAST_TOKENS = 50

interface Correction {
  factor: number
  observations: number
}

export function createTokenCorrection(): TokenCorrection {
  const corrections = new Map<string, Correction>()
  const factor = (familyName: string): number => corrections.get(familyName)?.factor ?? 1
  return {
    factor,
    promptTokens: (familyName, profile) =>
      Math.min(Math.ceil(estimatePromptTokens(profile, familyName) * factor(familyName)), profile.mostTokens),
    observe(familyName, profile, reported) {
      // Media are a reserve, not an estimate: their error says nothing about text.
      if (profile.media.expected > 0) return
      const estimated = estimatePromptTokens(profile, familyName)
      if (estimated < LEAST_TOKENS || !Number.isFinite(reported) || reported <= 0) return
      const found = clamp(reported / estimated)
      const correction = corrections.get(familyName) ?? { factor: 1, observations: PRIOR_OBSERVATIONS }
      correction.observations++
      const weight = Math.max(LEAST_WEIGHT, 1 / correction.observations)
      correction.factor = clamp(correction.factor + weight * (found - correction.factor))
      corrections.set(familyName, correction)
    },
  }
}

function clamp(factor: number): number {
  return Math.min(MOST_FACTOR, Math.max(LEAST_FACTOR, factor))
}
