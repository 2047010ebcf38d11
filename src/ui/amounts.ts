// Numbers as people read them. Money keeps its exact amount beside the one that is shown.

const MOST_DECIMALS = 9
const LEAST_DECIMALS = 2
const PICO_DECIMALS = 12

/** So many that the largest of them has four digits: amounts in a column then stand under each other. */
export function decimalsFor(amounts: readonly number[]): number {
  const largest = amounts.reduce((most, amount) => Math.max(most, Math.abs(amount)), 0)
  if (largest === 0) return LEAST_DECIMALS
  return Math.min(MOST_DECIMALS, Math.max(LEAST_DECIMALS, 3 - Math.floor(Math.log10(largest))))
}

/** A dollar amount. What is not nothing is never shown as nothing. */
export function formatUsd(amount: number, decimals = decimalsFor([amount])): string {
  const sign = amount < 0 ? '−' : ''
  const magnitude = Math.abs(amount)
  const least = 10 ** -decimals
  if (magnitude > 0 && magnitude < least / 2) return `${sign}<$${least.toFixed(decimals)}`
  return `${sign}$${withSeparators(magnitude.toFixed(decimals))}`
}

/** To the picodollar, without trailing zeros. */
export function exactUsd(amount: number): string {
  return amount.toFixed(PICO_DECIMALS).replace(/\.?0+$/, '')
}

export function formatCount(count: number): string {
  return withSeparators(String(count))
}

/** As many as the most exact of some prices needs. */
export function priceDecimals(prices: readonly number[]): number {
  const places = prices.map((usd) => exactUsd(usd).split('.')[1]?.length ?? 0)
  return Math.max(LEAST_DECIMALS, ...places)
}

/** What stands beside an axis whose marks are so far apart. */
export function formatTick(usd: number, step: number): string {
  const decimals = step > 0 ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 0
  return `$${withSeparators(usd.toFixed(decimals))}`
}

export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return '–'
  if (share > 0 && share < 0.0005) return '<0.1 %'
  const percent = share * 100
  const text = Math.abs(percent) >= 99.95 || percent === 0 ? percent.toFixed(0) : percent.toFixed(1)
  return `${text.replace('-', '−')} %`
}

export function formatDuration(milliseconds: number): string {
  if (milliseconds > 0 && milliseconds < 1) return `${milliseconds.toFixed(2)} ms`
  if (milliseconds < 10_000) return `${formatCount(Math.round(milliseconds))} ms`
  return `${(milliseconds / 1000).toFixed(1)} s`
}

/** `2026-11-25 09:30:00`, in UTC as in the ledger. */
export function formatMoment(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ')
}

/** The time alone where it was today. */
export function formatRecent(iso: string, nowMs: number): string {
  const isToday = iso.slice(0, 10) === new Date(nowMs).toISOString().slice(0, 10)
  return isToday ? iso.slice(11, 19) : formatMoment(iso)
}

/** How long until then: `3 d 4 h`, `12 min`. */
export function formatUntil(iso: string, nowMs: number): string {
  const minutes = Math.max(0, Math.ceil((Date.parse(iso) - nowMs) / 60_000))
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** A word of the API in plain English: `upstream_error` → `upstream error`. */
export function plainWords(word: string): string {
  return word.replaceAll('_', ' ')
}

function withSeparators(decimal: string): string {
  const [whole = '', fraction] = decimal.split('.')
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}
