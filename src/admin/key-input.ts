// The bodies of POST and PATCH /admin/keys.

import { z } from 'zod'
import { findTierDisorder, findUnknownProviders, keyFields, keyName } from '../access/key-fields.ts'
import { strictInput } from '../access/strict-input.ts'
import { PROVIDER_IDS, type ProviderName } from '../core/route.ts'
import type { Tier } from '../core/tier.ts'
import { invalidInput, parseInput } from './parse-input.ts'
import { parseInstant } from './parse-instant.ts'

const words = { wanted: 'The body must be a JSON object' }
const createSchema = strictInput({ name: keyName, ...keyFields }, words)
const patchSchema = strictInput({ name: keyName.exactOptional(), ...keyFields }, words)

const PATCHABLE = Object.keys(patchSchema.shape)

/** The fields of a patch that are set, ready to be laid over a record. */
export type KeyFields = Omit<z.output<typeof patchSchema>, 'expires_at'> & {
  /** ISO 8601 in UTC. */
  readonly expires_at?: string | null
}

/** `providers`: those that a key may speak of. */
export function parseKeyToCreate(
  body: unknown,
  nowMs: number,
  providers: readonly ProviderName[] = PROVIDER_IDS,
): KeyFields & { readonly name: string } {
  const input = parseInput(createSchema, body)
  checkProviders(input, providers)
  return { ...readFields(input, nowMs), name: input.name }
}

export function parseKeyPatch(
  body: unknown,
  nowMs: number,
  providers: readonly ProviderName[] = PROVIDER_IDS,
): KeyFields {
  const input = parseInput(patchSchema, body)
  if (Object.keys(input).length === 0) {
    throw invalidInput(null, `The body changes nothing; send at least one of ${PATCHABLE.join(', ')}`)
  }
  checkProviders(input, providers)
  return readFields(input, nowMs)
}

const DEFAULT_OVERLAP_SECONDS = 86_400
const MAX_OVERLAP_SECONDS = 30 * 86_400
const OVERLAP_RULE = `must be a whole number of seconds from 0 to ${MAX_OVERLAP_SECONDS}`
const rotateSchema = strictInput(
  {
    overlap_seconds: z
      .int(OVERLAP_RULE)
      .min(0, OVERLAP_RULE)
      .max(MAX_OVERLAP_SECONDS, OVERLAP_RULE)
      .exactOptional(),
  },
  words,
)

/** How long the key from before is taken still, milliseconds. */
export function parseRotation(body: unknown): number {
  const { overlap_seconds: seconds = DEFAULT_OVERLAP_SECONDS } = parseInput(rotateSchema, body ?? {})
  return seconds * 1000
}

/** Throws where the bounds leave no tier in between. */
export function checkTierOrder(minTier: Tier | null, maxTier: Tier | null): void {
  const disorder = findTierDisorder(minTier, maxTier)
  if (disorder !== null) throw invalidInput(disorder.field, disorder.problem)
}

function readFields(input: z.output<typeof patchSchema>, nowMs: number): KeyFields {
  const { expires_at: expires, ...rest } = input
  if (expires === undefined) return rest
  if (expires === null) return { ...rest, expires_at: null }
  const expiresAtMs = parseInstant(expires, 'expires_at')
  if (expiresAtMs <= nowMs) throw invalidInput('expires_at', 'is in the past; to end a key now, revoke it')
  return { ...rest, expires_at: new Date(expiresAtMs).toISOString() }
}

function checkProviders(input: z.output<typeof patchSchema>, providers: readonly ProviderName[]): void {
  const [first] = findUnknownProviders(input, providers)
  if (first !== undefined) throw invalidInput(first.field, first.problem)
}
