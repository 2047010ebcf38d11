// farthing audit

import { cell, jsonText, readField, readList, timeCell } from './answer.ts'
import { type Command, readArguments } from './command.ts'
import { withBackend } from './open-backend.ts'
import { formatTable, printable } from './table.ts'

export const auditCommand: Command = {
  name: 'audit',
  summary: 'who changed what by hand: keys, budgets, the configuration; newest first',
  usage: `  farthing audit [options]

  --limit N          1 to 500 (else 50)
  --action NAME      such as key.create, key.rotate, key.revoke, budget.set, budget.reset
  --target NAME      an id of a key, or a scope such as team:search
  --cursor ID        goes on behind that entry`,
  examples: ['farthing audit --action budget.reset', 'farthing audit --target key_7Jq2ZxN4mWc81LtR --json'],
  async run(args, context) {
    const names = ['limit', 'action', 'target', 'cursor'] as const
    const options = readArguments(args, Object.fromEntries(names.map((name) => [name, { type: 'string' }])))
    const query = Object.fromEntries(
      names.flatMap((name) => {
        const value = options.text(name)
        return value === undefined ? [] : [[name, value]]
      }),
    )
    const page = await withBackend(context.env, (backend) => backend.audit(query))
    if (options.flag('json')) return context.out(jsonText(page))
    const columns = ['WHEN (UTC)', 'FROM', 'ACTION', 'OF', 'CHANGE'].map((title) => ({ title }))
    const rows = readList(page, 'data').map((entry) => [
      timeCell(readField(entry, 'at')),
      cell(readField(entry, 'actor')),
      cell(readField(entry, 'action')),
      cell(readField(entry, 'target')),
      printable(JSON.stringify(readField(entry, 'change') ?? null)).slice(0, 200),
    ])
    context.out(formatTable(columns, rows))
    const next = readField(page, 'next_cursor')
    if (next !== null) context.err(`more with --cursor ${cell(next)}\n`)
  },
}
