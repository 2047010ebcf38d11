// Money inside Farthing: integers of picodollars (10⁻¹² USD). A price in USD per million tokens with at most six
// decimals is a whole number of picodollars per token. Dollars appear at the edges only, through this file.

/** Whole picodollars of one request: a safe integer, so at most 9,007 USD. */
export type Pico = number

const PICO_PER_USD = 1_000_000_000_000n

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/

/**
 * Picodollars per token from a price in USD per million tokens, exactly.
 * Throws a RangeError on anything but a non-negative decimal with at most six decimals.
 */
export function picoPerToken(usdPerMillionTokens: number | string): Pico {
  const text = String(usdPerMillionTokens)
  const match = DECIMAL.exec(text)
  if (match === null || match[1] === '-') throw new RangeError(`not a non-negative decimal price: ${text}`)
  const fraction = match[3] ?? ''
  if (fraction.length > 6) {
    throw new RangeError(
      `${text} has ${fraction.length} decimals; a price per million tokens may have at most six`,
    )
  }
  return checkedPico(Number(match[2] + fraction.padEnd(6, '0')))
}

/** The amount itself when it is a safe, non-negative integer; a RangeError otherwise. Guards every computed amount. */
export function checkedPico(amount: number): Pico {
  if (!Number.isSafeInteger(amount) || amount < 0)
    throw new RangeError(`not a whole amount of picodollars: ${amount}`)
  return amount
}

/** Picodollars from a decimal amount of USD, exactly; a RangeError beyond twelve decimals. */
export function picoFromUsd(usd: number | string): bigint {
  const text = typeof usd === 'number' ? plainDecimal(usd) : usd
  const match = DECIMAL.exec(text)
  if (match === null) throw new RangeError(`not a decimal amount: ${text}`)
  const fraction = match[3] ?? ''
  if (fraction.length > 12) throw new RangeError(`${text} has more than twelve decimals`)
  const magnitude = BigInt(match[2] + fraction.padEnd(12, '0'))
  return match[1] === '-' ? -magnitude : magnitude
}

/** The amount in USD as a JSON number, for the edges. A double tells picodollars apart up to 4,096 USD. */
export function usdFromPico(amount: bigint | number): number {
  return Number(amount) / 1e12
}

/** The amount in USD as an exact decimal string, e.g. `-0.000000000001`. Trailing zeros are dropped. */
export function formatUsd(amount: bigint | number): string {
  if (typeof amount === 'number') return amount === 0 ? '0' : withoutZeros(formatPico(amount))
  const value = amount
  const magnitude = value < 0n ? -value : value
  const fraction = (magnitude % PICO_PER_USD).toString().padStart(12, '0').replace(/0+$/, '')
  const sign = value < 0n ? '-' : ''
  return `${sign}${magnitude / PICO_PER_USD}${fraction === '' ? '' : `.${fraction}`}`
}

/** The amount of one request in USD, with all twelve decimals. */
export function formatPico(amount: number): string {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`not a whole amount of picodollars: ${amount}`)
  const magnitude = Math.abs(amount)
  const fraction = magnitude % 1e12
  // Six digits are a small integer, whose text costs a fraction of a longer number's.
  const low = fraction % 1e6
  const high = (fraction - low) / 1e6
  return `${amount < 0 ? '-' : ''}${(magnitude - fraction) / 1e12}.${sixDigits(high)}${sixDigits(low)}`
}

function sixDigits(value: number): string {
  return String(1e6 + value).slice(1)
}

function withoutZeros(decimal: string): string {
  let end = decimal.length
  while (decimal.charCodeAt(end - 1) === 0x30) end--
  return decimal.slice(0, decimal.charCodeAt(end - 1) === 0x2e ? end - 1 : end)
}

function plainDecimal(value: number): string {
  const text = String(value)
  return text.includes('e') ? value.toFixed(12) : text
}
