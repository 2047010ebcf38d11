// What in a catalogue deserves a look: by its own dates, by what a price listing says, and by what providers say that they
// serve. A finding is a problem where requests may be priced wrongly or sent in vain, else a note.

import type { Catalog, Model } from '../../catalog/catalog.ts'
import type { PriceSheet, Rates } from '../../catalog/price-schedule.ts'
import type { ProviderName } from '../../core/route.ts'
import type { ListedPrice, PriceListing } from './price-listing.ts'

export type FindingKind =
  /** Nobody has looked at its price for 30 days. */
  | 'old'
  /** Another price is listed, by somebody who looked later. */
  | 'stale'
  /** Another price is listed, by somebody who looked earlier. */
  | 'differs'
  /** Without a price in force: never routed to. */
  | 'no_price'
  /** Its vendor stops selling it within 30 days, or has. */
  | 'retiring'
  /** Its provider does not list it any more. */
  | 'retired'
  /** Its vendor is not listed as selling it. */
  | 'unlisted'
  /** Somebody else sells it for less. */
  | 'cheaper_elsewhere'
  /** Its provider serves it, and the catalogue does not have it. */
  | 'new'
  /** Its provider could not be asked what it serves. */
  | 'unanswered'

export interface Finding {
  readonly kind: FindingKind
  readonly level: 'problem' | 'note'
  readonly provider: ProviderName
  /** Null: the provider as a whole. */
  readonly model: string | null
  readonly text: string
}

export interface CheckSources {
  readonly catalog: Catalog
  readonly nowMs: number
  readonly listing: PriceListing | null
  /** What providers say that they serve; an Error where they did not say. */
  readonly served: ReadonlyMap<ProviderName, readonly string[] | Error>
}

const DAY_MS = 86_400_000
const SOON_MS = 30 * DAY_MS

export function checkCatalog(sources: CheckSources): readonly Finding[] {
  const { catalog, listing, served } = sources
  // Of what is never sent anything, only the price matters: savings are measured against it.
  const sold = catalog.models.filter(({ routes }) => routes.length > 0)
  return [
    ...sold.flatMap((model) => checkDates(model, sources)),
    ...(listing === null ? [] : sold.flatMap((model) => compare(model, listing, sources))),
    ...[...served].flatMap(([provider, answer]) => checkServed(provider, answer, sources)),
  ]
}

function checkDates(model: Model, { nowMs }: CheckSources): readonly Finding[] {
  const findings: Finding[] = []
  const sheet = sheetInForce(model, nowMs)
  if (sheet === null)
    findings.push(problem('no_price', model, 'has no price in force, so nothing is sent to it'))
  else if (sheet.checked !== null && nowMs - Date.parse(sheet.checked) > SOON_MS)
    findings.push(problem('old', model, `its price was last looked up on ${sheet.checked}`))
  if (model.retiresOn !== null && Date.parse(model.retiresOn) - nowMs < SOON_MS)
    findings.push(problem('retiring', model, `its vendor stops selling it on ${model.retiresOn}`))
  return findings
}

/** Whose own list has the models of a provider: the name of a file, and what stands before the id in it. */
const LISTED_AS: Readonly<Record<string, readonly [seller: string, prefix: string]>> = {
  openai: ['openai', ''],
  anthropic: ['anthropic', ''],
  deepseek: ['deepseek', ''],
  moonshot: ['moonshotai', ''],
  // The package has Model Studio's subscription only; this one passes list prices on.
  alibaba: ['vercel-ai-gateway', 'alibaba/'],
}

function compare(model: Model, listing: PriceListing, { nowMs }: CheckSources): readonly Finding[] {
  const place = LISTED_AS[model.provider]
  const sheet = sheetInForce(model, nowMs)
  if (place === undefined || sheet === null) return []
  const [seller, prefix] = place
  const listed = listing.sellers.get(seller)?.prices.get(prefix + model.id)
  const cheaper = findCheaper(model, listing, sheet)
  if (listed === undefined)
    return [note('unlisted', model, `${seller} does not list it (${listing.asOf})`), ...cheaper]
  const differences = ratesOf(sheet).map((rates) => differencesOf(rates, listed))
  // A listing has one price where a window of hours or a season has two: either is right.
  if (differences.some((found) => found.length === 0)) return cheaper
  const text = `${differences[0]?.join(', ')} (${seller}, ${listing.asOf}; looked up on ${sheet.checked ?? 'no day'})`
  const isLater = sheet.checked === null || sheet.checked < listing.asOf
  return [isLater ? problem('stale', model, text) : note('differs', model, text), ...cheaper]
}

function differencesOf(rates: Rates, listed: ListedPrice): readonly string[] {
  const pairs: readonly (readonly [string, number, number | null])[] = [
    ['input', rates.input, listed.input],
    ['cached_input', rates.cachedInput, listed.cachedInput],
    ['cache_write', rates.cacheWrite, listed.cacheWrite],
    ['output', rates.output, listed.output],
  ]
  return pairs.flatMap(([name, ours, theirs]) =>
    theirs === null || isSame(perMillion(ours), theirs)
      ? []
      : `${name} ${perMillion(ours)}, listed ${theirs}`,
  )
}

/** Listings are written as floats, and some to three decimals. */
function isSame(ours: number, theirs: number): boolean {
  return Math.abs(ours - theirs) <= 1e-6 * ours || Number(ours.toFixed(3)) === theirs
}

/** Sellers of a plan or of access that is not paid by the token. */
const NO_SELLER = /copilot|codex|token-plan|coding|opencode/

/** Three parts of input to one of output, as comparisons of models have it. */
const blend = ({ input, output }: Pick<ListedPrice, 'input' | 'output'>): number => (3 * input + output) / 4

function findCheaper(model: Model, { sellers, asOf }: PriceListing, sheet: PriceSheet): readonly Finding[] {
  const own = Math.min(
    ...ratesOf(sheet).map((rates) =>
      blend({ input: perMillion(rates.input), output: perMillion(rates.output) }),
    ),
  )
  let best: { readonly seller: string; readonly price: ListedPrice } | null = null
  for (const { name, prices } of sellers.values()) {
    if (NO_SELLER.test(name)) continue
    for (const [id, price] of prices)
      if (nameOf(id) === nameOf(model.id) && blend(price) < (best === null ? own * 0.99 : blend(best.price)))
        best = { seller: name, price }
  }
  if (best === null) return []
  const { seller, price } = best
  const share = Math.round((1 - blend(price) / own) * 100)
  const text = `${seller} lists it for ${price.input} and ${price.output}, ${share} % less (${asOf})`
  return [note('cheaper_elsewhere', model, text)]
}

/** Without who made it, and how it is written. */
function nameOf(id: string): string {
  return id
    .slice(id.lastIndexOf('/') + 1)
    .toLowerCase()
    .replaceAll('.', '-')
}

function checkServed(
  provider: ProviderName,
  answer: readonly string[] | Error,
  { catalog }: CheckSources,
): readonly Finding[] {
  if (answer instanceof Error)
    return [{ kind: 'unanswered', level: 'problem', provider, model: null, text: answer.message }]
  const names = new Set(answer)
  const ours = catalog.models.filter((model) => model.provider === provider)
  const gone = ours.filter(({ id, routes }) => routes.length > 0 && !names.has(id))
  const known = new Set(ours.map(({ id }) => id))
  const strangers = answer.filter((id) => !known.has(id)).toSorted()
  return [
    ...gone.map((model) => problem('retired', model, 'its provider does not list it for this account')),
    ...strangers.map(
      (id): Finding => ({
        kind: 'new',
        level: 'note',
        provider,
        model: id,
        text: 'is served, and not in the catalogue',
      }),
    ),
  ]
}

function sheetInForce({ prices }: Model, nowMs: number): PriceSheet | null {
  return prices?.sheets.findLast(({ fromMs }) => fromMs <= nowMs) ?? null
}

/** Of a short prompt, in the window of hours and outside of it. */
function ratesOf({ base, window }: PriceSheet): readonly Rates[] {
  const tiers = window === null ? [base] : [base, window.brackets]
  return tiers.flatMap(({ ordinary }) => ordinary[0]?.rates ?? [])
}

/** Picodollars per token are millionths of a dollar per million tokens. */
function perMillion(picoPerToken: number): number {
  return picoPerToken / 1e6
}

function problem(kind: FindingKind, { provider, id }: Model, text: string): Finding {
  return { kind, level: 'problem', provider, model: id, text }
}

function note(kind: FindingKind, { provider, id }: Model, text: string): Finding {
  return { kind, level: 'note', provider, model: id, text }
}
