// farthing spend

import { cell, countCell, jsonText, readField, readList, timeCell, usdCell } from './answer.ts'
import { type Command, type CommandContext, readArguments, UsageError } from './command.ts'
import { withBackend } from './open-backend.ts'
import { formatTable } from './table.ts'

const DEFAULT_GROUPS = 'provider,model'

export const spendCommand: Command = {
  name: 'spend',
  summary: 'what was spent and saved, by group',
  usage: `  farthing spend [options]

  --from WHEN        2026-11-01, 2026-11-01T12:00:00Z or seconds since 1970; else 30 days before --to
  --to WHEN          exclusive; else now
  --group-by LIST    of provider, model, tier, team, project, key, tag:NAME, day, hour (else ${DEFAULT_GROUPS})
  --csv              print CSV with exact amounts`,
  examples: [
    'farthing spend --from 2026-11-01 --group-by team,tier',
    'farthing spend --group-by day --csv > november.csv',
  ],
  async run(args, context) {
    const options = readArguments(args, {
      from: { type: 'string' },
      to: { type: 'string' },
      'group-by': { type: 'string' },
      csv: { type: 'boolean' },
    })
    if (options.flag('csv') && options.flag('json'))
      throw new UsageError('--csv and --json exclude each other')
    const from = options.text('from')
    const to = options.text('to')
    const query = {
      group_by: options.text('group-by') ?? DEFAULT_GROUPS,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    }
    if (options.flag('csv')) {
      return context.out(await withBackend(context.env, (backend) => backend.spendCsv(query)))
    }
    const report = await withBackend(context.env, (backend) => backend.spend(query))
    if (options.flag('json')) return context.out(jsonText(report))
    printReport(context, report)
  },
}

function printReport({ out, err, style }: CommandContext, report: object): void {
  const groups = readList(report, 'group_by').map(String)
  const columns = [
    ...groups.map((group) => ({ title: group.toUpperCase() })),
    ...['REQUESTS', 'INPUT', 'OUTPUT', 'COST USD', 'BASELINE USD', 'SAVED USD'].map((title) => ({
      title,
      align: 'right' as const,
    })),
  ]
  const rows = readList(report, 'rows').map((sums) =>
    buildRow(
      sums,
      groups.map((group) => cell(readField(sums, group))),
    ),
  )
  const total = buildRow(
    readField(report, 'total'),
    groups.map((_, index) => (index === 0 ? 'total' : '')),
  )
  err(`${timeCell(readField(report, 'from'))} to ${timeCell(readField(report, 'to'))} UTC\n`)
  // Without groups the one row is the total.
  out(formatTable(columns, groups.length === 0 ? [total] : [...rows, total], style))
}

function buildRow(sums: unknown, names: readonly string[]): readonly string[] {
  return [
    ...names,
    countCell(readField(sums, 'requests')),
    countCell(readField(sums, 'input_tokens')),
    countCell(readField(sums, 'output_tokens')),
    usdCell(readField(sums, 'cost_usd')),
    usdCell(readField(sums, 'baseline_usd')),
    usdCell(readField(sums, 'saved_usd')),
  ]
}
