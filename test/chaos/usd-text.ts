// US dollars as text → picodollars, exactly.

export function usdText(text: string): bigint {
  const [mantissa = '', exponent = '0'] = text.split('e')
  const [whole = '', decimals = ''] = mantissa.split('.')
  const digits = BigInt(whole + decimals)
  const shift = 12 + Number(exponent) - decimals.length
  if (shift >= 0) return digits * 10n ** BigInt(shift)
  const divisor = 10n ** BigInt(-shift)
  if (digits % divisor !== 0n) throw new RangeError(`less than a picodollar: ${text}`)
  return digits / divisor
}
