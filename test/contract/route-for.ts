// The route for which a request is built, of the shipped catalogue or of a server that is described beside it, with an
// effort and an output bound of the case's own.

import { join } from 'node:path'
import { loadCatalogFile } from '../../src/config/load-catalog-file.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import type { Effort, ProviderName, Route } from '../../src/core/route.ts'
import type { CompatibleServer } from '../../src/providers/compatible.ts'

export interface RouteTarget {
  readonly model: string
  readonly effort: Effort | null
  readonly maxOutputTokens: number
}

const LAB = `
providers:
  lab:
    kind: openai-compatible
    base_url: http://127.0.0.1:11434/v1
    jurisdiction: de
    models:
      llama3.1:8b: { tier: economy, context: 8192, prices: { input: 0, output: 0 } }
      gpt-oss:20b:
        tier: economy
        context: 8192
        prices: { input: 0, output: 0 }
        can: [stop, tools]
        hints: [temperature, top_k, parallel_tool_calls]
        efforts: [low, medium, high]
        content: text
`
const config = loadConfig({
  file: join(import.meta.dirname, '../../config/gateway.yaml'),
  env: {},
  readFile: () => LAB,
})
const catalog = loadCatalogFile(config)

/** The servers that are described. */
export const servers: readonly CompatibleServer[] = [...config.providers.values()].flatMap(
  ({ id, server }) => (server === null ? [] : [{ name: id, ...server }]),
)

export function routeFor(provider: ProviderName, { model, effort, maxOutputTokens }: RouteTarget): Route {
  const known = catalog.defaultRoute(`${provider}/${model}`)
  if (known === undefined) throw new Error(`the catalogue has no ${provider}/${model}`)
  const atEffort = catalog.route(`${provider}/${model}@${effort}`)
  return { ...(atEffort ?? known), effort, maxOutputTokens }
}
