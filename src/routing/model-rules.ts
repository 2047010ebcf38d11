// A key's `models.allow` and `models.deny`. An entry names a tier, an alias, `provider/model` or `provider/*`.
//
// Deny wins. What a request asks for by name (a tier, "auto", an alias) is allowed as a whole when `allow` has that
// very name; otherwise the entries are matched route by route.

import type { CallerPolicy } from '../core/caller.ts'
import type { Route } from '../core/route.ts'
import { quoted } from './nearest-names.ts'

export type ModelRules = CallerPolicy['models']

/** The rule that forbids the name itself, in words; null when none does. */
export function nameDenial({ deny }: ModelRules, name: string): string | null {
  return deny.includes(name) ? `models.deny has ${quoted(name)}` : null
}

/** The rules that are left for routes once a request asked by `name`. */
export function rulesForRoutes(rules: ModelRules, name: string): ModelRules {
  const { allow } = rules
  return allow !== null && allow.includes(name) ? { allow: null, deny: rules.deny } : rules
}

/** The rule that forbids the route, in words; null when none does. */
export function routeDenial({ allow, deny }: ModelRules, route: Route): string | null {
  for (const entry of deny) if (matchesRoute(entry, route)) return `models.deny has ${quoted(entry)}`
  if (allow === null) return null
  for (const entry of allow) if (matchesRoute(entry, route)) return null
  return `models.allow does not name ${quoted(`${route.provider}/${route.model}`)}`
}

function matchesRoute(entry: string, { provider, model, tier }: Route): boolean {
  if (entry === tier) return true
  if (entry.charCodeAt(provider.length) !== SLASH || !entry.startsWith(provider)) return false
  const start = provider.length + 1
  if (entry.length === start + 1 && entry.endsWith('*')) return true
  return entry.length === start + model.length && entry.endsWith(model)
}

const SLASH = 0x2f
