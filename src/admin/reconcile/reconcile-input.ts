// What /admin/reconcile is asked: a span, and the provider's own numbers, where there are any.

import { z } from 'zod'
import { strictInput } from '../../access/strict-input.ts'
import { picoFromUsd } from '../../core/money.ts'
import { invalidInput, parseInput } from '../parse-input.ts'
import { parseInstant } from '../parse-instant.ts'
import { readAnthropicBill } from './anthropic-bill.ts'
import { BALANCE_PROVIDERS, readBalanceBill } from './balance-bill.ts'
import { type Bill, BillError } from './bill.ts'
import { readOpenaiBill } from './openai-bill.ts'
import type { Counted } from './prometheus-check.ts'

const READERS = { openai: readOpenaiBill, anthropic: readAnthropicBill } as const
const EXPORTERS = ['openai', 'anthropic'] as const

const moment = z.union([z.string(), z.number()], 'must be given once, as a moment such as 2026-11-01')
const span = { from: moment.exactOptional(), to: moment.exactOptional() }

const balance = strictInput(
  { at: moment, balance: z.record(z.string(), z.unknown(), "must be the provider's answer, as it came") },
  { wanted: 'must be {"at": ..., "balance": {...}}' },
)
const usd = z
  .string()
  .regex(/^-?\d{1,15}(\.\d{1,12})?$/, 'must be a decimal amount in USD, as text')
  .transform(picoFromUsd)
const prometheus = strictInput(
  {
    from: moment,
    to: moment,
    has_gaps: z.boolean('must be true or false'),
    replaced_usd: usd,
    spend: z.array(
      strictInput(
        {
          day: z.iso.date('must be a day such as 2026-11-01'),
          provider: z.string(),
          model: z.string(),
          usd,
          at_edges_usd: usd,
        },
        {
          wanted: 'must be {"day": ..., "provider": ..., "model": ..., "usd": "...", "at_edges_usd": "..."}',
        },
      ),
      'must be a list',
    ),
  },
  { wanted: 'must be what farthing reconcile --prometheus sends' },
)
const bodySchema = strictInput(
  {
    ...span,
    prometheus: prometheus.exactOptional(),
    exports: z
      .array(
        strictInput(
          {
            provider: z.enum(EXPORTERS, `must be one of ${EXPORTERS.join(', ')}`),
            pages: z.array(z.unknown(), 'must be the list of pages, each as the provider answered it').min(1),
          },
          { wanted: 'must be {"provider": ..., "pages": [...]}' },
        ),
        'must be a list',
      )
      .exactOptional(),
    balances: z
      .array(
        strictInput(
          {
            provider: z.enum(BALANCE_PROVIDERS, `must be one of ${BALANCE_PROVIDERS.join(', ')}`),
            before: balance,
            after: balance,
            topped_up_usd: z
              .number('must be an amount in USD')
              .nonnegative('must be an amount in USD')
              .exactOptional(),
          },
          { wanted: 'must be {"provider": ..., "before": {...}, "after": {...}}' },
        ),
        'must be a list',
      )
      .exactOptional(),
  },
  { wanted: 'The body must be a JSON object' },
)

export interface ReconcileInput {
  readonly from?: string | number
  readonly to?: string | number
  readonly bills: readonly Bill[]
  /** One, or none. */
  readonly counted: readonly Counted[]
}

/** A query, or a body. Throws GatewayError `invalid_request`. */
export function parseReconcileInput(input: unknown): ReconcileInput {
  const { exports = [], balances = [], prometheus: told, ...asked } = parseInput(bodySchema, input ?? {})
  return {
    ...asked,
    counted: told === undefined ? [] : [readCounted(told)],
    bills: [
      ...exports.map(({ provider, pages }, index) =>
        readBill(`exports.${index}.pages`, () => READERS[provider](pages)),
      ),
      ...balances.map(({ provider, before, after, topped_up_usd: toppedUp = 0 }, index) => {
        const path = `balances.${index}`
        const readAt = (name: 'before' | 'after', { at, balance: answer }: z.output<typeof balance>) => ({
          atMs: parseInstant(at, `${path}.${name}.at`),
          balance: answer,
        })
        return readBill(path, () =>
          readBalanceBill({
            provider,
            before: readAt('before', before),
            after: readAt('after', after),
            toppedUp: picoFromUsd(toppedUp.toFixed(12)),
          }),
        )
      }),
    ],
  }
}

function readCounted({
  from,
  to,
  has_gaps: hasGaps,
  replaced_usd: replaced,
  spend,
}: z.output<typeof prometheus>): Counted {
  return {
    fromMs: parseInstant(from, 'prometheus.from'),
    toMs: parseInstant(to, 'prometheus.to'),
    hasGaps,
    replaced,
    rows: spend.map(({ usd: cost, at_edges_usd: atEdges, ...place }) => ({ ...place, cost, atEdges })),
  }
}

function readBill(path: string, read: () => Bill): Bill {
  try {
    return read()
  } catch (error) {
    if (error instanceof BillError) throw invalidInput(path, error.message)
    throw error
  }
}
