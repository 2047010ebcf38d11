// The gateway's ledger against the providers' own invoices, to the picodollar.

import { formatUsd, picoFromUsd } from '../../core/money.ts'
import { PROVIDER_IDS } from '../../core/route.ts'
import type { FleetBooks } from '../../simulator/fleet.ts'
import { readField, readList } from '../answer.ts'
import { formatTable } from '../table.ts'

export interface Comparison {
  readonly rows: readonly ComparedRow[]
  readonly ledgerPico: bigint
  readonly invoicedPico: bigint
  /** False as soon as one provider differs, even where the sums agree. */
  readonly agrees: boolean
}

interface ComparedRow {
  readonly provider: string
  readonly ledgerPico: bigint
  readonly invoicedPico: bigint
}

/** `spend` is /admin/spend by provider. */
export function compareBooks(spend: unknown, books: FleetBooks): Comparison {
  const ledger = new Map(readList(spend, 'rows').map((row) => [readField(row, 'provider'), costOf(row)]))
  const rows = PROVIDER_IDS.map((provider) => ({
    provider,
    ledgerPico: ledger.get(provider) ?? 0n,
    invoicedPico: books.byProvider[provider].billedPico,
  }))
  const ledgerPico = costOf(readField(spend, 'total'))
  return {
    rows,
    ledgerPico,
    invoicedPico: books.billedPico,
    agrees: ledgerPico === books.billedPico && rows.every((row) => row.ledgerPico === row.invoicedPico),
  }
}

export function formatComparison({ rows, ledgerPico, invoicedPico }: Comparison): string {
  const total = { provider: 'total', ledgerPico, invoicedPico }
  return formatTable(
    [
      { title: 'provider' },
      { title: "gateway's ledger USD", align: 'right' },
      { title: "provider's books USD", align: 'right' },
      { title: 'difference USD', align: 'right' },
    ],
    [...rows, total].map((row) => [
      row.provider,
      amount(row.ledgerPico),
      amount(row.invoicedPico),
      row.ledgerPico === row.invoicedPico ? '0' : amount(row.ledgerPico - row.invoicedPico),
    ]),
  )
}

function costOf(row: unknown): bigint {
  const cost = readField(row, 'cost_usd')
  // Exact up to 9,007 USD: a double has 15 digits to give.
  return typeof cost === 'number' ? picoFromUsd(cost.toFixed(12)) : 0n
}

function amount(pico: bigint): string {
  const [whole = '', fraction = ''] = formatUsd(pico).split('.')
  return `${whole}.${fraction.padEnd(12, '0')}`
}
