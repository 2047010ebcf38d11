// The spend report of the demonstration: what /admin/spend says, by provider and by tier, in USD.

import { cell, countCell, readField, readList, usdCell } from '../answer.ts'
import { formatTable } from '../table.ts'
import { savedShare } from './row.ts'

export function formatSpend(answer: unknown, dimension: string): string {
  const rows = readList(answer, 'rows').map((row) => [cell(readField(row, dimension)), ...sums(row)])
  const total = ['total', ...sums(readField(answer, 'total'))]
  return formatTable(
    [
      { title: dimension },
      { title: 'requests', align: 'right' },
      { title: 'calls', align: 'right' },
      { title: 'input', align: 'right' },
      { title: 'cached', align: 'right' },
      { title: 'output', align: 'right' },
      { title: 'cost', align: 'right' },
      { title: 'baseline', align: 'right' },
      { title: 'saved', align: 'right' },
    ],
    [...rows, total],
  )
}

function sums(row: unknown): readonly string[] {
  return [
    ...['requests', 'attempts', 'input_tokens', 'cached_tokens', 'output_tokens'].map((name) =>
      countCell(readField(row, name)),
    ),
    usdCell(readField(row, 'cost_usd')),
    usdCell(readField(row, 'baseline_usd')),
    savedShare(readField(row, 'saved_usd'), readField(row, 'baseline_usd')),
  ]
}
