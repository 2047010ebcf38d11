// farthing reconcile

import { readFileSync } from 'node:fs'
import { cell, jsonText, readField, readList, timeCell, usdCell } from './answer.ts'
import { fetchCounted } from './ask-prometheus.ts'
import { fetchBalance, fetchExport, isBalanceProvider, isExporter } from './ask-provider.ts'
import { type Command, type CommandContext, EXIT_FOUND, readArguments, UsageError } from './command.ts'
import { withBackend } from './open-backend.ts'
import { formatTable } from './table.ts'

export const reconcileCommand: Command = {
  name: 'reconcile',
  summary: 'whether ledger, aggregates, budgets, counters and bills say the same',
  usage: `  farthing reconcile [options]

  --from WHEN          2026-11-01, 2026-11-01T12:00:00Z or seconds since 1970; else 30 days before --to
  --to WHEN            exclusive; else now
  --prometheus URL     holds it against what that Prometheus server has scraped from all gateways, too
  --export NAME=FILE   what openai or anthropic exported, one JSON page or a list; may stand twice
  --balance FILE       what --snapshot printed, once before and once after: twice for each provider
  --topped-up NAME=USD what was paid in between the two
  --fetch NAME         asks openai or anthropic for it (OPENAI_ADMIN_KEY, ANTHROPIC_ADMIN_KEY)
  --snapshot NAME      prints the balance at deepseek or moonshot now (DEEPSEEK_API_KEY, MOONSHOT_API_KEY)

  Exit code 3 where something differs that somebody has to look at.`,
  examples: [
    'farthing reconcile --from 2026-11-01 --prometheus http://127.0.0.1:9090',
    'farthing reconcile --from 2026-11-01 --to 2026-12-01 --export openai=costs.json --export openai=usage.json',
    'farthing reconcile --snapshot deepseek > before.json',
  ],
  async run(args, context) {
    const many = { type: 'string', multiple: true } as const
    const options = readArguments(args, {
      from: { type: 'string' },
      to: { type: 'string' },
      prometheus: { type: 'string' },
      export: many,
      balance: many,
      'topped-up': many,
      fetch: many,
      snapshot: { type: 'string' },
    })
    const wanted = options.text('snapshot')
    if (wanted !== undefined) {
      if (!isBalanceProvider(wanted)) throw new UsageError('--snapshot takes deepseek or moonshot')
      return context.out(jsonText(await fetchBalance(context.env, wanted, Date.now())))
    }
    const span = { from: options.text('from'), to: options.text('to') }
    const exports = [
      ...options.list('export').map(readExport),
      ...(await Promise.all(
        options.list('fetch').map((name) => {
          if (!isExporter(name)) throw new UsageError('--fetch takes openai or anthropic')
          return fetchExport(context.env, name, span)
        }),
      )),
    ].flat()
    const balances = pairBalances(options.list('balance').map(readJson), options.list('topped-up'))
    const prometheus = options.text('prometheus')
    const body = {
      ...(span.from === undefined ? {} : { from: span.from }),
      ...(span.to === undefined ? {} : { to: span.to }),
      ...(prometheus === undefined ? {} : { prometheus: await fetchCounted(prometheus, span, Date.now()) }),
      ...(exports.length === 0 ? {} : { exports }),
      ...(balances.length === 0 ? {} : { balances }),
    }
    const report = await withBackend(context.env, (backend) => backend.reconcile(body))
    if (options.flag('json')) context.out(jsonText(report))
    else printReport(context, report)
    return readField(report, 'agrees') === true ? 0 : EXIT_FOUND
  },
}

function readExport(text: string): object {
  const [provider, file] = splitOnce(text)
  if (!isExporter(provider) || file === '')
    throw new UsageError('--export takes openai=FILE or anthropic=FILE')
  const pages = readJson(file)
  return { provider, pages: Array.isArray(pages) ? pages : [pages] }
}

function pairBalances(snapshots: readonly unknown[], toppedUp: readonly string[]): readonly object[] {
  const byProvider = Map.groupBy(snapshots, (snapshot) => String(readField(snapshot, 'provider')))
  const paid = new Map(toppedUp.map((text) => splitOnce(text)).map(([name, usd]) => [name, Number(usd)]))
  return [...byProvider].map(([provider, some]) => {
    if (some.length !== 2)
      throw new UsageError(`--balance must stand twice for ${provider}: the balance before, and after`)
    const [before, after] = some
      .map((one) => ({ at: String(readField(one, 'at')), balance: readField(one, 'balance') }))
      .toSorted((left, right) => left.at.localeCompare(right.at))
    const usd = paid.get(provider)
    return { provider, before, after, ...(usd === undefined ? {} : { topped_up_usd: usd }) }
  })
}

function splitOnce(text: string): readonly [string, string] {
  const place = text.indexOf('=')
  return place === -1 ? [text, ''] : [text.slice(0, place), text.slice(place + 1)]
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UsageError(
      `${file} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

function printReport({ out, err }: CommandContext, report: object): void {
  err(`${timeCell(readField(report, 'from'))} to ${timeCell(readField(report, 'to'))} UTC\n`)
  const amounts = ['LEDGER USD', 'OTHER USD', 'DIFFERENCE USD'].map((title) => ({
    title,
    align: 'right' as const,
  }))
  out(
    formatTable(
      [{ title: 'CHECK' }, { title: 'OF' }, ...amounts],
      readList(report, 'checks').map((row) => [
        cell(readField(row, 'check')),
        cell(readField(row, 'subject')),
        ...amountsOf(row),
      ]),
    ),
  )
  const differences = readList(report, 'differences')
  if (differences.length > 0) {
    out('\n')
    out(
      formatTable(
        [
          { title: 'DIFFERS' },
          { title: 'OF' },
          { title: 'DAY' },
          { title: 'MODEL' },
          ...amounts,
          { title: 'CAUSE' },
        ],
        differences.map((row) => [
          ...['check', 'subject', 'day', 'model'].map((field) => cell(readField(row, field))),
          ...amountsOf(row),
          `${cell(readField(row, 'cause'))}: ${cell(readField(row, 'explanation'))}`,
        ]),
      ),
    )
  }
  const uncovered = readList(report, 'budgets_not_covered').length
  if (uncovered > 0) err(`${uncovered} budgets began before that span, and were not looked at\n`)
  err(readField(report, 'agrees') === true ? 'all agree\n' : 'NOT all agree\n')
}

function amountsOf(row: unknown): readonly string[] {
  return ['ledger_usd', 'other_usd', 'difference_usd'].map((field) => usdCell(readField(row, field)))
}
