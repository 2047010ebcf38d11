// Virtual keys that the file declares.

import { hashApiKey } from '../access/api-key.ts'
import { type DeclaredKey, declaredKeyId } from '../access/declared-keys.ts'
import { BLANK_RULES } from '../access/key-record.ts'
import { INSTANT_WORDS, readInstant } from '../core/instant.ts'
import type { ProviderName } from '../core/route.ts'
import { type Environment, type Report, variable } from './environment.ts'
import { type KeySection, parseKeySection, type ReportField } from './key-section.ts'
import { formatPath } from './parse-file.ts'

export interface KeySources {
  /** As they stand in the file. */
  readonly sections: readonly unknown[]
  readonly file: string
  /** Where each of them begins. */
  readonly lines: readonly number[]
  /** Those that a key may speak of. */
  readonly providers: readonly ProviderName[]
  readonly env: Environment
}

export function buildDeclaredKeys(sources: KeySources, report: Report): readonly DeclaredKey[] {
  const { sections, file, lines, providers, env } = sources
  const seen = new Map<string, string>()
  return sections.flatMap((written, index) => {
    const line = lines[index] ?? 1
    const reportField: ReportField = (field, problem, wanted) =>
      report({ path: `${formatPath(['keys', index, ...field])} (line ${line})`, problem, wanted })
    const section = parseKeySection(written, providers, reportField)
    if (section === null) return []
    const key = buildKey(section, { place: `${file}:${line}`, env, report: reportField })
    if (key !== null) checkOnce(key, { seen, own: formatPath(['keys', index]), report: reportField })
    return key ?? []
  })
}

interface Surroundings {
  readonly place: string
  readonly env: Environment
  readonly report: ReportField
}

/** Null where it is reported that the key or a moment is missing or wrong. */
function buildKey({ secrets, rules }: KeySection, { place, env, report }: Surroundings): DeclaredKey | null {
  const { expires_at: expires = null, models, name, ...others } = rules
  const expiresAt = readMoment('expires_at', expires, report)
  const hash = readHash('', secrets, { env, report })
  const previousHash = readHash('previous_', secrets, { env, report })
  const until = readMoment('previous_key_until', secrets.previous_key_until ?? null, report)
  const hasPrevious = hasKey('previous_', secrets)
  if (!hasKey('', secrets)) report([], 'has no key', 'key_sha256, or key_env')
  if (hasPrevious && secrets.previous_key_until === undefined)
    report(['previous_key_until'], 'is missing', 'until when the key before this one is taken still')
  if (!hasPrevious && secrets.previous_key_until !== undefined)
    report(['previous_key_until'], 'stands alone', 'previous_key_sha256 or previous_key_env beside it')
  if (hash === null) return null
  return {
    record: {
      ...BLANK_RULES,
      ...others,
      models: { ...BLANK_RULES.models, ...models },
      id: declaredKeyId(name),
      name,
      previous_key_until: until,
      expires_at: expiresAt,
    },
    hash,
    previousHash,
    place,
  }
}

/** A moment that has passed is no mistake: the file stays as it is, and the key ends. */
function readMoment(field: string, written: string | number | null, report: ReportField): string | null {
  if (written === null) return null
  const timeMs = readInstant(written)
  if (timeMs !== null) return new Date(timeMs).toISOString()
  report([field], 'is not a moment', INSTANT_WORDS)
  return null
}

type Secrets = KeySection['secrets']
type Prefix = '' | 'previous_'

function hasKey(prefix: Prefix, secrets: Secrets): boolean {
  return secrets[`${prefix}key_sha256`] !== undefined || secrets[`${prefix}key_env`] !== undefined
}

const API_KEY = /^fth_[\x21-\x7e]{32,196}$/
const API_KEY_WORDS =
  'the name of a variable that holds a key: fth_ and 32 to 196 characters that nobody can guess'

function readHash(
  prefix: Prefix,
  secrets: Secrets,
  { env, report }: Omit<Surroundings, 'place'>,
): string | null {
  const written = secrets[`${prefix}key_sha256`]
  const name = secrets[`${prefix}key_env`]
  if (name === undefined) return written ?? null
  const field = `${prefix}key_env`
  if (written !== undefined) report([field], `stands beside ${prefix}key_sha256`, 'one of the two')
  const apiKey = variable(env, name)
  if (apiKey !== null && API_KEY.test(apiKey)) return hashApiKey(apiKey)
  report([field], `names ${name}, which ${apiKey === null ? 'is not set' : 'holds no key'}`, API_KEY_WORDS)
  return null
}

interface Seen {
  /** By name and by hash, the path of whoever has it. */
  readonly seen: Map<string, string>
  readonly own: string
  readonly report: ReportField
}

function checkOnce({ record, hash, previousHash }: DeclaredKey, { seen, own, report }: Seen): void {
  const check = (what: string, field: string, wanted: string): void => {
    const other = seen.get(what)
    if (other === undefined) seen.set(what, own)
    else report([field], `is that of ${other === own ? 'the same key' : other}, too`, wanted)
  }
  check(`name ${record.name}`, 'name', 'a name of its own: spend and budgets are counted by it')
  check(`hash ${hash}`, 'key_sha256', 'a key of its own')
  if (previousHash !== null) check(`hash ${previousHash}`, 'previous_key_sha256', 'a key of its own')
}
