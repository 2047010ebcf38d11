// One count of tokens in a provider's report.

/** No model reads or writes as much at one call; nor could the sum of its prices be told exactly. */
const MOST_TOKENS = 20_000_000

/** Undefined where it is none, which is not zero. */
export function tokenCount(value: unknown): number | undefined {
  const isCount = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS
  return isCount ? value : undefined
}
