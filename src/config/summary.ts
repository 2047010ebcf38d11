// What a configuration amounts to, for the log of a start or a reload: what is on, what is not and why, and what an
// operator should look into.

import type { Config } from './config.ts'
import type { ConfigInForce } from './next-config.ts'

export interface Summary {
  readonly facts: Readonly<Record<string, unknown>>
  readonly notes: readonly Note[]
}

export interface Note {
  readonly level: 'info' | 'warn'
  readonly text: string
  readonly fields: Readonly<Record<string, unknown>>
}

export function summarize({ config, catalog }: ConfigInForce, nowMs: number): Summary {
  const providers = [...config.providers.values()]
  const free: Note = {
    level: 'info',
    text: `cost nothing, as their prices say: ${catalog.free.join(', ')}`,
    fields: { models: catalog.free },
  }
  return {
    facts: {
      store: config.store.redisUrl === null ? 'embedded' : 'redis',
      catalog_version: catalog.version,
      catalog_checked: catalog.checked,
      routes: catalog.routes.length,
      aliases: config.routing.aliases.size,
      default_tier: config.routing.defaultTier,
      providers_on: providers.filter(({ isOn }) => isOn).map(({ id }) => id),
      providers_off: Object.fromEntries(
        providers.flatMap(({ id, offBecause }) => (offBecause === null ? [] : [[id, offBecause]])),
      ),
      budgets: [...config.policies.keys()],
      declared_keys: config.keys.length,
      ...(config.content.teams.size === 0 ? {} : { content_sampled_of: [...config.content.teams.keys()] }),
      on: namesOfOn(config),
    },
    notes: [
      ...accessNotes(config),
      ...(catalog.free.length === 0 ? [] : [free]),
      ...catalog
        .warnings(nowMs)
        .map((text): Note => ({ level: 'warn', text, fields: { catalog_version: catalog.version } })),
    ],
  }
}

function accessNotes({ auth, admin }: Config): readonly Note[] {
  const open = 'auth is open: whoever reaches this port spends your money'
  const noAdmin = 'FARTHING_ADMIN_KEY is not set: /admin/* answers 404'
  return [
    ...(auth.mode === 'open' ? [{ level: 'warn' as const, text: open, fields: {} }] : []),
    ...(admin.key === null ? [{ level: 'info' as const, text: noAdmin, fields: {} }] : []),
  ]
}

/** What is switched by the presence of something. */
function namesOfOn(config: Config): readonly string[] {
  const switches: readonly (readonly [string, boolean])[] = [
    ['admin', config.admin.key !== null],
    ['metrics_token', config.metrics.token !== null],
    ['otlp', config.otlp.endpoint !== null],
    ['route_limits', config.routeLimits.size > 0],
    ['resume_streams', config.streams.resume],
    ['keep_reasoning', config.reasoning.keep],
    ['log_requests', config.log.requests],
  ]
  return switches.flatMap(([name, isOn]) => (isOn ? [name] : []))
}

type Log = Readonly<Record<Note['level'], (fields: object, text: string) => void>>

export function logNotes(log: Log, notes: Summary['notes']): void {
  for (const { level, text, fields } of notes) log[level](fields, text)
}
