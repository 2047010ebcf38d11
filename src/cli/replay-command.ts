// farthing replay

import type { ReplayReport } from '../admin/replay/replay.ts'
import { countCell, jsonText, usdCell } from './answer.ts'
import {
  type Arguments,
  type Command,
  type CommandContext,
  EXIT_FOUND,
  readArguments,
  UsageError,
} from './command.ts'
import { runReplay } from './run-replay.ts'
import { formatTable } from './table.ts'

const SHOWN_MOVES = 20

export const replayCommand: Command = {
  name: 'replay',
  summary: 'what logged requests would have cost under other prices or rules',
  usage: `  farthing replay [--from WHEN] [--to WHEN] (--catalog FILE | --config FILE | --on PROVIDER)... [options]

  --from WHEN          2026-11-01, 2026-11-01T12:00:00Z or seconds since 1970; else 30 days before --to
  --to WHEN            exclusive; else now
  --catalog FILE       prices, models and tiers as they would be
  --config FILE        aliases, default tier and providers as they would be
  --on PROVIDER        as if a provider that was off had been on; may be repeated
  --max-increase MUCH  exit with 3 where the requests would cost more than so much more: 5% or, in USD, 20

  Requests are those of the store that the configuration names, or of a running gateway (FARTHING_URL). Their prices
  and routes before the change are those of FARTHING_CONFIG. Nothing is sent. docs/replay.md says what can be known.`,
  examples: [
    'farthing replay --from 2026-11-01 --catalog new-catalog.yaml',
    'farthing replay --on moonshot',
    'farthing replay --catalog new-catalog.yaml --max-increase 5% --json | jq .difference_usd',
  ],
  async run(args, context) {
    const options = readArguments(args, {
      from: { type: 'string' },
      to: { type: 'string' },
      catalog: { type: 'string' },
      config: { type: 'string' },
      on: { type: 'string', multiple: true },
      'max-increase': { type: 'string' },
    })
    const most = readMost(options)
    const report = await runReplay(context, {
      from: options.text('from'),
      to: options.text('to'),
      catalogFile: options.text('catalog'),
      configFile: options.text('config'),
      switchedOn: options.list('on'),
    })
    if (options.flag('json')) context.out(jsonText(report))
    else print(context, report)
    if (most === null || !isAbove(report, most)) return undefined
    context.err(`It would cost more than ${options.text('max-increase')} more.\n`)
    return EXIT_FOUND
  },
}

interface Most {
  readonly unit: 'usd' | 'percent'
  readonly amount: number
}

function readMost(options: Arguments): Most | null {
  const text = options.text('max-increase')
  if (text === undefined) return null
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text)
  if (match === null) throw new UsageError(`--max-increase must look like 5% or 20, not "${text}"`)
  return { unit: match[2] === '%' ? 'percent' : 'usd', amount: Number(match[1]) }
}

function isAbove({ difference_usd, difference_percent }: ReplayReport, { unit, amount }: Most): boolean {
  return unit === 'usd' ? difference_usd > amount : (difference_percent ?? 0) > amount
}

function print(context: CommandContext, report: ReplayReport): void {
  const { out, err, style } = context
  const { requests, recorded_usd: recorded } = report
  if (report.from === null) return err('There is no request in that time.\n')
  err(`${report.from.slice(0, 19)} to ${report.to?.slice(0, 19)} UTC\n`)
  const row = (name: string, usd: number, count: number): readonly string[] => [
    name,
    countCell(count),
    usdCell(usd),
    signed(usd - recorded),
    recorded === 0 ? '-' : `${signed(((usd - recorded) / recorded) * 100, 2)} %`,
  ]
  out(
    formatTable(
      [{ title: 'COST' }, ...RIGHT('REQUESTS', 'USD', 'DIFFERENCE', 'SHARE')],
      [
        row('as booked', recorded, requests.compared),
        row('on the same routes', report.same_routes_usd, requests.compared),
        row('rerouted', report.rerouted_usd, requests.compared),
      ],
      style,
    ),
  )
  printMoves(context, report)
  const difference = `${signed(report.difference_usd)} USD`
  const shown = report.difference_usd <= 0 ? style.good(difference) : style.bad(difference)
  out(`\n${shown}, ${countCell(requests.moved)} of ${countCell(requests.compared)} requests moved\n`)
  for (const note of notesOf(report)) err(`${note}\n`)
}

function printMoves({ out, err, style }: CommandContext, { moves }: ReplayReport): void {
  if (moves.length === 0) return
  const rows = moves
    .slice(0, SHOWN_MOVES)
    .map((move) => [
      move.from,
      move.to,
      countCell(move.requests),
      usdCell(move.recorded_usd),
      usdCell(move.rerouted_usd),
      signed(move.difference_usd),
    ])
  out(
    `\n${formatTable([{ title: 'FROM' }, { title: 'TO' }, ...RIGHT('REQUESTS', 'BOOKED USD', 'REROUTED USD', 'DIFFERENCE')], rows, style)}`,
  )
  if (moves.length > SHOWN_MOVES) err(`${moves.length - SHOWN_MOVES} more moves: --json has them.\n`)
}

const RIGHT = (...titles: readonly string[]) => titles.map((title) => ({ title, align: 'right' as const }))

function signed(value: number, decimals = 6): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(decimals)}`
}

/** What the figures do not say by themselves. */
function notesOf({ requests, refused_usd, rerouted_usd, at_least_usd }: ReplayReport): readonly string[] {
  const notes: readonly (readonly [number, string])[] = [
    [requests.refused, `would be refused, and are in none of the sums (${usdCell(refused_usd)} USD booked)`],
    [
      requests.unknown,
      `may have had a cheaper route of which the log does not say whether it could serve them: at most ${usdCell(rerouted_usd - at_least_usd)} USD less`,
    ],
    [requests.undecided, 'have no decision that can be read, and stay on their routes'],
    [requests.of_other_catalog, 'were decided under another catalogue than that of FARTHING_CONFIG'],
    [requests.estimated, 'have tokens that are estimates'],
    [requests.unbilled, 'were not billed, and are left out'],
  ]
  return notes.flatMap(([count, words]) => (count === 0 ? [] : [`${countCell(count)} ${words}.`]))
}
