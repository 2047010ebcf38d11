// farthing requests list | show | forget

import { cell, countCell, jsonText, readField, readList, timeCell, usdCell } from './answer.ts'
import { type Command, type CommandContext, readArguments } from './command.ts'
import { forgetCommand, formatContent } from './content-command.ts'
import { withBackend } from './open-backend.ts'
import { type Column, formatTable, printable } from './table.ts'

/** One token of a cheap model costs hundredths of a millionth of a dollar. */
const USD_DECIMALS = 9

/** As the API calls them, by the option that gives them. */
const FILTERS = {
  from: 'from',
  to: 'to',
  team: 'team',
  key: 'key',
  model: 'model',
  outcome: 'outcome',
  'cost-over': 'cost_over_usd',
  limit: 'limit',
  cursor: 'cursor',
} as const

const list: Command = {
  name: 'requests list',
  summary: 'the newest requests: who asked for what, what answered, what it cost',
  usage: `  farthing requests list [options]

  --from WHEN, --to WHEN   2026-11-01, 2026-11-01T12:00:00Z or seconds since 1970; --to is exclusive
  --team NAME, --key ID    who asked
  --model NAME             as it was asked for, or as it answered: gpt-4o, gpt-6-luna, openai/gpt-6-luna
  --outcome OUTCOME        success, client_gone, stream_interrupted, upstream_error, ...
  --cost-over USD          those that cost more
  --limit COUNT            at most so many, up to 500 (else 50)
  --cursor CURSOR          goes on where a list ended`,
  examples: [
    'farthing requests list --team search --cost-over 0.01',
    'farthing requests list --outcome upstream_error --json | jq .data[].id',
  ],
  async run(args, context) {
    const known = Object.keys(FILTERS).map((name) => [name, { type: 'string' as const }])
    const options = readArguments(args, Object.fromEntries(known))
    const query = Object.entries(FILTERS).flatMap(([option, name]) => {
      const value = options.text(option)
      return value === undefined ? [] : [[name, value] as const]
    })
    const page = await withBackend(context.env, (backend) => backend.requests(Object.fromEntries(query)))
    if (options.flag('json')) return context.out(jsonText(page))
    printList(context, page)
  },
}

const show: Command = {
  name: 'requests show',
  summary: 'one request: what was decided, what was tried, what it cost',
  usage: '  farthing requests show ID\n\n  ID is the x-request-id of the answer.',
  examples: [
    'farthing requests show req_01JQ8Z6V9K',
    'farthing requests show req_01JQ8Z6V9K --json | jq .decision',
  ],
  async run(args, context) {
    const options = readArguments(args, {}, ['ID'])
    const request = await withBackend(context.env, (backend) => backend.request(options.positionals[0] ?? ''))
    if (options.flag('json')) return context.out(jsonText(request))
    printRequest(context, request)
  },
}

export const requestCommands: readonly Command[] = [list, show, forgetCommand]

function printList({ out, err, style }: CommandContext, page: object): void {
  const right = 'right' as const
  const columns = [
    { title: 'ENDED, UTC' },
    { title: 'ID' },
    { title: 'TEAM' },
    { title: 'ASKED FOR' },
    { title: 'ANSWERED BY' },
    { title: 'OUTCOME' },
    { title: 'INPUT', align: right },
    { title: 'OUTPUT', align: right },
    { title: 'COST USD', align: right },
    { title: 'SAVED USD', align: right },
  ]
  const rows = readList(page, 'data').map((request) => [
    timeCell(readField(request, 'ended_at')),
    cell(readField(request, 'id')),
    cell(readField(request, 'team')),
    cell(readField(request, 'requested_model')),
    cell(readField(request, 'route')),
    cell(readField(request, 'outcome')),
    countCell(readField(request, 'input_tokens')),
    countCell(readField(request, 'output_tokens')),
    usdCell(readField(request, 'cost_usd'), USD_DECIMALS),
    usdCell(readField(request, 'saved_usd'), USD_DECIMALS),
  ])
  out(formatTable(columns, rows, style))
  const cursor = readField(page, 'next_cursor')
  if (typeof cursor === 'string') err(`there are more: --cursor ${cursor}\n`)
}

function printRequest({ out, style }: CommandContext, request: object): void {
  const field = (...path: readonly string[]): unknown => readField(request, ...path)
  const facts: readonly (readonly [string, string])[] = [
    ['request', cell(field('id'))],
    ['started', `${timeCell(field('started_at'))} UTC, took ${countCell(field('duration_ms'))} ms`],
    ['asked for', `${cell(field('requested_model'))}, routed at tier ${cell(field('tier'))}`],
    ['answered by', cell(field('route'))],
    ['outcome', `${cell(field('outcome'))} (${cell(field('status'))})`],
    ['paid by', `${cell(field('key_id'))}, team ${cell(field('team'))}, project ${cell(field('project'))}`],
    ['cost', `${usdCell(field('cost_usd'), USD_DECIMALS)} USD`],
    ['saved', `${usdCell(field('saved_usd'), USD_DECIMALS)} USD against ${cell(field('baseline_model'))}`],
  ]
  out(facts.map(([name, value]) => `${name.padEnd(12)} ${printable(value)}\n`).join(''))
  out(`\n${formatTable(...attemptTable(readList(request, 'attempts')), style)}`)
  out(`\n${formatTable(...candidateTable(readList(field('decision'), 'candidates')), style)}`)
  const content = formatContent(request)
  if (content !== '') out(`\n${content}`)
}

type Table = readonly [columns: readonly Column[], rows: readonly (readonly string[])[]]

function attemptTable(attempts: readonly unknown[]): Table {
  const columns = [
    { title: 'ATTEMPT' },
    { title: 'OUTCOME' },
    { title: 'INPUT', align: 'right' as const },
    { title: 'CACHED', align: 'right' as const },
    { title: 'OUTPUT', align: 'right' as const },
    { title: 'COST USD', align: 'right' as const },
    { title: 'USAGE' },
    { title: 'REASON' },
  ]
  const rows = attempts.map((attempt) => [
    cell(readField(attempt, 'route')),
    cell(readField(attempt, 'outcome')),
    countCell(readField(attempt, 'usage', 'input_tokens')),
    countCell(readField(attempt, 'usage', 'cached_tokens')),
    countCell(readField(attempt, 'usage', 'output_tokens')),
    usdCell(readField(attempt, 'cost_usd'), USD_DECIMALS),
    cell(readField(attempt, 'usage_source')),
    cell(readField(attempt, 'reason')),
  ])
  return [columns, rows]
}

function candidateTable(candidates: readonly unknown[]): Table {
  const columns = [
    { title: 'CANDIDATE' },
    { title: 'EXPECTED USD', align: 'right' as const },
    { title: 'WORST USD', align: 'right' as const },
    { title: 'VERDICT' },
    { title: 'REASON' },
  ]
  const rows = candidates.map((candidate) => [
    cell(readField(candidate, 'route')),
    usdCell(readField(candidate, 'expected_cost_usd'), USD_DECIMALS),
    usdCell(readField(candidate, 'worst_case_cost_usd'), USD_DECIMALS),
    cell(readField(candidate, 'verdict')),
    cell(readField(candidate, 'reason')),
  ])
  return [columns, rows]
}
