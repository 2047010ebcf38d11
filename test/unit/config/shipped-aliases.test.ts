// The names that applications send today, as config/gateway.yaml has them: none missing, none promising what it is not.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { loadCatalogFile } from '../../../src/config/load-catalog-file.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { TIERS } from '../../../src/core/tier.ts'

const root = new URL('../../../', import.meta.url)
const shipped = fileURLToPath(new URL('config/gateway.yaml', root))
const config = loadConfig({ file: shipped, env: {} })
const catalog = loadCatalogFile(config)
const aliases = [...config.routing.aliases].map(([name, { tier, baseline }]) => ({
  name,
  tier,
  baseline: baseline ?? '',
  model: baseline?.split('/')[1] ?? '',
}))

const lines = readFileSync(shipped, 'utf8').split('\n')
const commentOf = (name: string): string =>
  /# (.*)$/.exec(lines.find((line) => line.startsWith(`    ${name}: `)) ?? '')?.[1] ?? ''

/** Without the date or word that tells one snapshot from another. */
function undated(name: string): string {
  return name.replace(/-(?:\d{4}-\d{2}-\d{2}|\d{8}|\d{4}|latest)$/, '')
}

/** Names that differ by more than that from the one that the catalogue has for the same model. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'gpt-4-turbo-preview': 'gpt-4-turbo',
  'claude-sonnet-4-20250514': 'claude-sonnet-4-0',
  'claude-opus-4-20250514': 'claude-opus-4-0',
  'deepseek-v4-flash': 'deepseek-flash',
}

describe('aliases', () => {
  it("are there for every chat model that OpenAI's own client knows", () => {
    const client = readFileSync(new URL('node_modules/openai/resources/shared.d.ts', root), 'utf8')
    const names = (/export type ChatModel = ([^;]+);/.exec(client)?.[1] ?? '')
      .replaceAll("'", '')
      .split(' | ')
    expect(names.length).toBeGreaterThan(60)
    // Other interfaces, previews, and snapshots that were switched off long ago.
    const elsewhere = /audio|search|codex|-pro|vision|-\d{4}-preview|-1106|-0[36]\d\d|-16k|-32k|o1-\w+-2024/
    const served = names.filter((name) => !elsewhere.test(name))
    expect(served.length).toBeGreaterThan(40)
    expect(served.filter((name) => !config.routing.aliases.has(name))).toEqual([])
  })

  it('are there for the names of the other vendors that were used most', () => {
    const names =
      'claude-3-haiku-20240307 claude-3-5-haiku-latest claude-3-5-sonnet-latest claude-3-7-sonnet-latest ' +
      'claude-sonnet-4-20250514 claude-sonnet-4-5 claude-opus-4-1 deepseek-chat deepseek-reasoner ' +
      'qwen-turbo qwen-plus qwen-max moonshot-v1-8k moonshot-v1-32k moonshot-v1-128k kimi-latest ' +
      'kimi-k2-0905-preview'
    expect(names.split(' ').filter((name) => !config.routing.aliases.has(name))).toEqual([])
  })

  it('have a price to measure savings against', () => {
    expect(aliases.filter(({ baseline }) => catalog.model(baseline)?.prices == null)).toEqual([])
  })

  it('say so where that price is of another model, and nowhere else', () => {
    const foreign = aliases.filter(
      ({ name, model }) => undated(model) !== undated(name) && OTHER_NAMES[name] !== model,
    )
    const marked = aliases.filter(({ name }) => commentOf(name).includes('stand-in'))
    expect(marked.map(({ name }) => name)).toEqual(foreign.map(({ name }) => name))
  })

  it('ask for no less than their own model is routed at by default', () => {
    const lowered = aliases.filter(({ name, tier, baseline, model }) => {
      const route = catalog.defaultRoute(baseline)
      return model === name && route !== undefined && TIERS.indexOf(tier) < TIERS.indexOf(route.tier)
    })
    expect(lowered).toEqual([])
  })

  it('have the score of their model at its default effort behind them, and no other number first', () => {
    const scores = new Map(
      fileSchema
        .parse(parse(readFileSync(new URL('config/catalog.yaml', root), 'utf8')))
        .models.flatMap(({ id, routes }) =>
          routes
            .filter(({ effort }) => effort === undefined)
            .map(({ evidence }) => [id, evidence.score] as const),
        ),
    )
    const scored = aliases.filter(({ name }) => scores.has(name))
    expect(scored.length).toBeGreaterThan(30)
    const wrong = scored.filter(({ name }) => {
      const score = scores.get(name) ?? null
      return score === null ? /^\d/.test(commentOf(name)) : !commentOf(name).startsWith(String(score))
    })
    expect(wrong.map(({ name }) => `${name}: ${scores.get(name)}, "${commentOf(name)}"`)).toEqual([])
  })
})

const fileSchema = z.object({
  models: z.array(
    z.object({
      id: z.string(),
      routes: z.array(
        z.object({ effort: z.string().optional(), evidence: z.object({ score: z.number().nullable() }) }),
      ),
    }),
  ),
})
