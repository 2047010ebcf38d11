// What a provider says it billed, in one form: amounts, and tokens where it counts them, by day and model.

import type { ZodType } from 'zod'
import { picoFromUsd } from '../../core/money.ts'
import type { ProviderName } from '../../core/route.ts'

export interface BilledTokens {
  /** The whole prompt, cached and cache writes too. */
  readonly input: number
  readonly output: number
}

export interface BillLine {
  /** `YYYY-MM-DD` in UTC; null: of the whole span. */
  readonly day: string | null
  /** As the provider names it; null: a charge of no model, or of all. */
  readonly model: string | null
  /** Null: it counts tokens alone. */
  readonly cost: bigint | null
  /** Null: it counts money alone. */
  readonly tokens: BilledTokens | null
  /** Of a charge that no token explains: a web search, a container, storage. */
  readonly charge: string | null
}

export interface Bill {
  readonly provider: ProviderName
  /** The span that it covers. */
  readonly fromMs: number
  readonly toMs: number
  readonly lines: readonly BillLine[]
  /** How far one line may be from what was used, because of the decimals that it is written with. */
  readonly rounding: bigint
}

/** A bill in a form that we cannot read; `problem` goes on after what was sent. */
export class BillError extends Error {
  override readonly name = 'BillError'
}

interface Page<Bucket> {
  readonly data: readonly Bucket[]
}

/** The buckets of all pages; `expected` says whose answer to what each has to be. */
export function readBuckets<Bucket>(
  pages: readonly unknown[],
  schema: ZodType<Page<Bucket>>,
  expected: string,
): readonly Bucket[] {
  const buckets = pages.flatMap((page) => {
    const parsed = schema.safeParse(page)
    if (parsed.success) return parsed.data.data
    throw new BillError(`is not a page of ${expected} answers it`)
  })
  if (buckets.length === 0) throw new BillError('has no buckets')
  return buckets
}

/** Of a JSON number: what stands beyond the picodollar is an artefact of doubles. */
export function picoFromNumber(usd: number): bigint {
  if (!Number.isFinite(usd)) throw new BillError('has an amount that is no number')
  return picoFromUsd(usd.toFixed(12))
}

export function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10)
}

/** A model as the ledger names it: without the date that a snapshot has at its end. */
export function modelFamily(model: string): string {
  return model.toLowerCase().replace(/[-@](?:\d{4}-\d{2}-\d{2}|\d{8})$/, '')
}
