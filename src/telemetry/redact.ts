// Takes what must not be logged out of a log line, wherever in it it stands. A net below the rule that callers log
// named facts only: it works by the names of fields, so that a whole request or header object passed by mistake is safe.

const REDACTED = '[redacted]'

/** Compared in lower case without `-` and `_`. */
export const REDACTED_NAMES: ReadonlySet<string> = new Set([
  'authorization',
  'proxyauthorization',
  'xapikey',
  'apikey',
  'adminkey',
  'key',
  'secret',
  'token',
  'password',
  'cookie',
  'cookies',
  'setcookie',
  'prompt',
  'messages',
  'content',
  'reasoningcontent',
  'arguments',
  'body',
])

/** Deeper structures are cut off: nothing we mean to log is nested so far. */
const MAX_DEPTH = 8

/** The same fields without what must not be seen; the object itself when there is nothing to take out. */
export function redact(fields: Record<string, unknown>): Record<string, unknown> {
  return redactMapping(fields, 0)
}

function redactMapping(fields: Record<string, unknown>, depth: number): Record<string, unknown> {
  let copy: Record<string, unknown> | null = null
  for (const name of Object.keys(fields)) {
    const value = fields[name]
    const seen = isRedactedName(name) ? hide(value) : redactValue(value, depth + 1)
    if (seen === value) continue
    copy ??= { ...fields }
    copy[name] = seen
  }
  return copy ?? fields
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) return '[too deep]'
  if (Array.isArray(value)) {
    const seen = value.map((item) => redactValue(item, depth + 1))
    return seen.some((item, index) => item !== value[index]) ? seen : value
  }
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  // Errors have a serializer of their own; what knows how to print itself (dates, secrets) is left to do so.
  if (value instanceof Error || ('toJSON' in value && typeof value.toJSON === 'function')) return value
  return isPlain(value) ? redactMapping(value, depth) : '[object]'
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Nothing to hide in nothing, and it may matter to see that nothing was there. */
function hide(value: unknown): unknown {
  return value === null || value === undefined ? value : REDACTED
}

const verdicts = new Map<string, boolean>()

function isRedactedName(name: string): boolean {
  let verdict = verdicts.get(name)
  if (verdict === undefined) {
    verdict = REDACTED_NAMES.has(name.toLowerCase().replaceAll(/[-_]/g, ''))
    // Field names are ours and few; the bound is for an object of foreign names passed by mistake.
    if (verdicts.size < 1000) verdicts.set(name, verdict)
  }
  return verdict
}
