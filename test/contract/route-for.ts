// The route of the shipped catalogue for which a request is built, with an effort and an output bound of the case's own.

import { readFileSync } from 'node:fs'
import { loadCatalog } from '../../src/catalog/load-catalog.ts'
import type { Effort, ProviderId, Route } from '../../src/core/route.ts'

export interface RouteTarget {
  readonly model: string
  readonly effort: Effort | null
  readonly maxOutputTokens: number
}

const catalog = loadCatalog(readFileSync(new URL('../../config/catalog.yaml', import.meta.url), 'utf8'))

export function routeFor(provider: ProviderId, { model, effort, maxOutputTokens }: RouteTarget): Route {
  const known = catalog.defaultRoute(`${provider}/${model}`)
  if (known === undefined) throw new Error(`the catalogue has no ${provider}/${model}`)
  const atEffort = catalog.route(`${provider}/${model}@${effort}`)
  return { ...(atEffort ?? known), effort, maxOutputTokens }
}
