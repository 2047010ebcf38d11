// Reading others' JSON defensively: nothing in it is taken for granted.

export type JsonRecord = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The member as a list of objects; entries that are none are left out. */
export function recordsOf(value: unknown): readonly JsonRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** Undefined where the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

declare global {
  // Node 24 has it, and the third argument of a reviver; TypeScript's libraries have neither yet.
  interface JSON {
    rawJSON(text: string): unknown
  }
}

/** As parseJson, but whole numbers beyond what a double holds stay as they are written when they are written again. */
export function parseExact(text: string): unknown {
  if (!/\d{16}/.test(text)) return parseJson(text)
  try {
    return JSON.parse(text, keepExact)
  } catch {
    return undefined
  }
}

function keepExact(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source ?? ''
  return /^-?\d{16,}$/.test(source) && !Number.isSafeInteger(value) ? JSON.rawJSON(source) : value
}
