// One virtual key as the file declares it, checked: the fields that the admin API takes, and the key itself as a hash, or in a
// variable that is named.

import { z } from 'zod'
import {
  findTierDisorder,
  findUnknownProviders,
  keyFields,
  keyInstant,
  keyName,
} from '../access/key-fields.ts'
import { strictInput, UNKNOWN_FIELD } from '../access/strict-input.ts'
import type { ProviderName } from '../core/route.ts'
import { shown } from './environment.ts'
import { nearestName } from './nearest-name.ts'

/** `field` is the path inside the key's section. */
export type ReportField = (field: readonly PropertyKey[], problem: string, wanted: string) => void

const HASH_RULE = 'must be 64 hexadecimal digits, as printf %s "$KEY" | sha256sum prints them'
const ENV_RULE = 'must be the name of an environment variable: A-Z, 0-9 and _'
const keyHash = z
  .string(HASH_RULE)
  .regex(/^[0-9a-fA-F]{64}$/, HASH_RULE)
  .toLowerCase()
  .exactOptional()
const keyEnv = z
  .string(ENV_RULE)
  .regex(/^[A-Z_][A-Z0-9_]*$/, ENV_RULE)
  .exactOptional()

const rules = { name: keyName, ...keyFields }
const shape = {
  key_sha256: keyHash,
  key_env: keyEnv,
  previous_key_sha256: keyHash,
  previous_key_env: keyEnv,
  previous_key_until: keyInstant.exactOptional(),
  ...rules,
}
const sectionSchema = strictInput(shape, {
  wanted: 'must be a mapping with a name, and with key_sha256 or key_env',
})
const rulesSchema = z.object(rules)

export interface KeySection {
  /** How the key is known, and the one before it. */
  readonly secrets: Omit<z.output<typeof sectionSchema>, keyof typeof rules>
  readonly rules: z.output<typeof rulesSchema>
}

/** Null where it is reported that something is wrong. */
export function parseKeySection(
  section: unknown,
  providers: readonly ProviderName[],
  report: ReportField,
): KeySection | null {
  const parsed = sectionSchema.safeParse(section)
  if (!parsed.success) {
    for (const issue of parsed.error.issues) reportIssue(issue, section, report)
    return null
  }
  const { min_tier: minTier = null, max_tier: maxTier = null } = parsed.data
  const disorder = findTierDisorder(minTier, maxTier)
  const problems = findUnknownProviders(parsed.data, providers)
  for (const { field, problem } of disorder === null ? problems : [...problems, disorder])
    report(readPath(field), problem, SAME_AS_SENT)
  return { secrets: parsed.data, rules: rulesSchema.parse(parsed.data) }
}

/** `models.deny.0`. */
function readPath(field: string): readonly PropertyKey[] {
  return field.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}

const SAME_AS_SENT = 'what POST /admin/keys takes'

function reportIssue(issue: z.core.$ZodIssue, section: unknown, report: ReportField): void {
  const { path, message } = issue
  if (issue.code === 'unrecognized_keys') {
    const known = message.slice(`${UNKNOWN_FIELD}; there are `.length)
    for (const name of issue.keys)
      report([...path, name], 'is not a known key', nearestName(name, known.split(', ')) ?? `one of ${known}`)
    return
  }
  const wanted = /^must be (.*)$/s.exec(message)?.[1]
  if (wanted === undefined) return report(path, message, SAME_AS_SENT)
  const value = path.reduce<unknown>(
    (at, part) => (typeof at === 'object' && at !== null ? Reflect.get(at, part) : undefined),
    section,
  )
  report(path, describe(path, value), wanted)
}

/** The key itself may have been written where its hash or its variable belongs. */
function describe([field]: readonly PropertyKey[], value: unknown): string {
  if (!/^(?:previous_)?key_(?:sha256|env)$/.test(String(field)) || typeof value !== 'string')
    return `is ${shown(value)}`
  return `has ${value.length} characters, or others`
}
