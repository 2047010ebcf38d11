// Answers of the admin use cases as the command line reads them: JSON, from this process or from a gateway elsewhere,
// which may be of another version. A field that is not there prints as "-".

export type Answer = object

export function readField(answer: unknown, ...path: readonly string[]): unknown {
  let value = answer
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = new Map<string, unknown>(Object.entries(value)).get(name)
  }
  return value
}

export function readList(answer: unknown, name: string): readonly unknown[] {
  const value = readField(answer, name)
  return Array.isArray(value) ? value : []
}

export function cell(value: unknown): string {
  if (value === undefined || value === null) return '-'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A millionth of a dollar is fine enough for sums; single requests need more. */
export function usdCell(value: unknown, decimals = 6): string {
  return typeof value === 'number' ? value.toFixed(decimals) : '-'
}

export function countCell(value: unknown): string {
  return typeof value === 'number' ? value.toLocaleString('en-US') : '-'
}

/** ISO time to the second, without the letters. */
export function timeCell(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 19).replace('T', ' ') : '-'
}

/** Undefined where it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What --json prints. */
export function jsonText(answer: unknown): string {
  return `${JSON.stringify(answer, null, 2)}\n`
}
