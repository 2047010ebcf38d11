// farthing catalog check

import { checkCatalog, type Finding } from '../admin/catalog-check/check-catalog.ts'
import { loadCatalogFile } from '../config/load-catalog-file.ts'
import { systemClock } from '../core/clock.ts'
import { jsonText } from './answer.ts'
import { askModels } from './ask-models.ts'
import { type Command, type CommandContext, EXIT_FOUND, readArguments, UsageError } from './command.ts'
import { fetchPriceListing, readPriceListing } from './fetch-price-listing.ts'
import { loadOwnConfig } from './own-config.ts'
import { formatTable } from './table.ts'

const check: Command = {
  name: 'catalog check',
  summary: 'prices and models that are stale, retired, or cheaper elsewhere',
  usage: `  farthing catalog check [--fetch | --prices FOLDER] [--providers]

  --fetch          compare with the prices in npm's @earendil-works/pi-ai, of which only its data files are read
  --prices FOLDER  compare with such files, dist/providers/data of the package
  --providers      ask each provider that is on which models it serves (GET /v1/models, with its key)

  Without any of them only the catalogue's own dates are looked at, and nothing is asked. Exit code 3 where there is
  a problem: a price that is missing, old or listed otherwise since, a model that is gone or about to go. Notes, such
  as a seller that is cheaper or a model that is new, change no exit code.`,
  examples: [
    'farthing catalog check',
    'farthing catalog check --fetch --providers',
    `farthing catalog check --fetch --json | jq '.findings[] | select(.kind == "stale")'`,
  ],
  async run(args, context) {
    const options = readArguments(args, {
      fetch: { type: 'boolean' },
      prices: { type: 'string' },
      providers: { type: 'boolean' },
    })
    const folder = options.text('prices')
    if (folder !== undefined && options.flag('fetch'))
      throw new UsageError('--fetch and --prices exclude each other')
    const config = loadOwnConfig(context.env)
    const catalog = loadCatalogFile(config)
    const listing =
      folder !== undefined
        ? await readPriceListing(folder)
        : options.flag('fetch')
          ? await fetchPriceListing()
          : null
    const served = options.flag('providers') ? await askModels(config) : new Map()
    const findings = checkCatalog({ catalog, nowMs: systemClock.now(), listing, served })
    const looked = {
      models: catalog.models.filter(({ routes }) => routes.length > 0).length,
      listing_as_of: listing?.asOf ?? null,
      providers_asked: [...served.keys()].map(String),
    }
    if (options.flag('json')) context.out(jsonText({ object: 'catalog_check', ...looked, findings }))
    else print(context, findings, looked.models)
    return findings.some(({ level }) => level === 'problem') ? EXIT_FOUND : undefined
  },
}

export const catalogCommands: readonly Command[] = [check]

/** New models of a provider are many, and one line says enough. */
const SHOWN_NEW = 8

function print({ out, err, style }: CommandContext, findings: readonly Finding[], models: number): void {
  const fresh = findings.filter(({ kind }) => kind === 'new')
  const shown = findings
    .filter(({ kind }) => kind !== 'new')
    .toSorted((one, other) => Number(one.level === 'note') - Number(other.level === 'note'))
  if (shown.length > 0) {
    const columns = ['LEVEL', 'FINDING', 'MODEL', 'WHAT'].map((title) => ({ title }))
    const rows = shown.map(({ level, kind, provider, model, text }) => [
      level,
      kind.replaceAll('_', ' '),
      model === null ? provider : `${provider}/${model}`,
      text,
    ])
    out(formatTable(columns, rows, style))
  }
  for (const provider of new Set(fresh.map((one) => one.provider))) {
    const names = fresh.flatMap((one) => (one.provider === provider && one.model !== null ? [one.model] : []))
    const more = names.length > SHOWN_NEW ? `, and ${names.length - SHOWN_NEW} more` : ''
    err(
      `${provider} serves ${names.length} that are not in the catalogue: ${names.slice(0, SHOWN_NEW).join(', ')}${more}\n`,
    )
  }
  const problems = shown.filter(({ level }) => level === 'problem').length
  const verdict = problems === 0 ? style.good('no problem') : style.bad(`${problems} problems`)
  out(
    `${shown.length > 0 ? '\n' : ''}${models} models looked at: ${verdict}, ${shown.length - problems} notes\n`,
  )
}
