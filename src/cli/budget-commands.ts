// farthing budgets list | show | set | reset

import type { AdminBackend } from './admin-backend.ts'
import { cell, jsonText, readField, readList, timeCell, usdCell } from './answer.ts'
import { BUDGET_OPTIONS, BUDGET_USAGE, readBudgetFields } from './budget-options.ts'
import { type Arguments, type Command, type CommandContext, readArguments, UsageError } from './command.ts'
import { withBackend } from './open-backend.ts'
import { formatTable } from './table.ts'

const PLACE = ['SCOPE', 'NAME']
const PLACE_USAGE = '\n\n  SCOPE is org (whose NAME is default), team, project or key (whose NAME is its id).'

const list: Command = {
  name: 'budgets list',
  summary: 'what org, teams and projects may spend, and have',
  usage: '  farthing budgets list',
  examples: ['farthing budgets list'],
  async run(args, context) {
    const options = readArguments(args, {})
    const answer = await withBackend(context.env, (backend) => backend.listBudgets())
    tell(context, options, { answer, policies: readList(answer, 'data') })
  },
}

const show = ofPlace({
  verb: 'show',
  summary: 'limit, spent, held and free of one of them, or of a key',
  ask: (backend, place) => backend.showBudgets(...place),
})

const set: Command = {
  name: 'budgets set',
  summary: 'replace budgets and limits, in force at once',
  usage: `  farthing budgets set SCOPE NAME [options]${PLACE_USAGE}\n${BUDGET_USAGE}`,
  examples: [
    'farthing budgets set team search --budget 200/month --budget 20/day:soft --limit tpm=100000',
    'farthing budgets set org default --budget 5000/month',
  ],
  async run(args, context) {
    const options = readArguments(args, BUDGET_OPTIONS, PLACE)
    const body = readBudgetFields(options)
    if (Object.keys(body).length === 0) throw new UsageError('give at least one --budget or --limit')
    const answer = await withBackend(context.env, (backend) => backend.setBudgets(...placeOf(options), body))
    tell(context, options, { answer, policies: [answer] })
  },
}

const reset = ofPlace({
  verb: 'reset',
  summary: 'forget what was spent in the present periods',
  ask: (backend, place) => backend.resetBudgets(...place),
})

export const budgetCommands: readonly Command[] = [list, show, set, reset]

interface PlaceVerb {
  readonly verb: string
  readonly summary: string
  readonly ask: (backend: AdminBackend, place: Place) => Promise<object>
}

/** A command that names whose budgets are meant, and nothing else. */
function ofPlace({ verb, summary, ask }: PlaceVerb): Command {
  return {
    name: `budgets ${verb}`,
    summary,
    usage: `  farthing budgets ${verb} SCOPE NAME${PLACE_USAGE}`,
    examples: [`farthing budgets ${verb} team search`, `farthing budgets ${verb} org default`],
    async run(args, context) {
      const options = readArguments(args, {}, PLACE)
      const answer = await withBackend(context.env, (backend) => ask(backend, placeOf(options)))
      tell(context, options, { answer, policies: [answer] })
    },
  }
}

type Place = readonly [scope: string, name: string]

function placeOf({ positionals: [scope = '', name = ''] }: Arguments): Place {
  return [scope, name]
}

interface Told {
  readonly answer: object
  readonly policies: readonly unknown[]
}

function tell({ out, style }: CommandContext, options: Arguments, { answer, policies }: Told): void {
  if (options.flag('json')) return out(jsonText(answer))
  const columns = [
    { title: 'SCOPE' },
    { title: 'NAME' },
    { title: 'PERIOD' },
    ...['LIMIT USD', 'SPENT', 'HELD', 'FREE'].map((title) => ({ title, align: 'right' as const })),
    { title: 'RESETS' },
  ]
  const rows = policies.flatMap((policy) =>
    readList(policy, 'budgets').map((budget) => [
      cell(readField(policy, 'scope')),
      cell(readField(policy, 'name')),
      cell(readField(budget, 'period')) + (readField(budget, 'hard') === false ? ' (soft)' : ''),
      ...['limit_usd', 'spent_usd', 'held_usd', 'free_usd'].map((field) => usdCell(readField(budget, field))),
      timeCell(readField(budget, 'resets_at')),
    ]),
  )
  out(formatTable(columns, rows, style))
}
