// A strict JSON reader over bytes (RFC 8259): walks a document once, without building it, and knows where everything
// stands. It accepts exactly what JSON.parse accepts in UTF-8, except nesting beyond MAX_DEPTH, NUL characters and halves of
// surrogate pairs.

/** Where and why a document is not JSON. `offset` is a byte offset. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError'
  readonly offset: number

  constructor(problem: string, offset: number) {
    super(`${problem} at byte ${offset}`)
    this.offset = offset
  }
}

/** Deeper documents are refused, so that nobody can exhaust the stack. */
const MAX_DEPTH = 256

const QUOTE = 0x22
const BACKSLASH = 0x5c

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'true' | 'false' | 'null'

export interface Leniency {
  /** NUL characters and halves of surrogate pairs: what a model wrote may have them, a prompt with one is refused everywhere. */
  readonly allowsAnyText?: boolean
}

interface ScannerOptions extends Leniency {
  /** Where to begin, before a value. */
  readonly from?: number
}

export class JsonScanner {
  readonly #bytes: Buffer
  readonly #allowsAnyText: boolean
  readonly #length: number
  #at = 0
  #depth = 0

  constructor(bytes: Buffer, { allowsAnyText = false, from = 0 }: ScannerOptions = {}) {
    this.#bytes = bytes
    this.#allowsAnyText = allowsAnyText
    this.#length = bytes.length
    this.#at = from
  }

  get offset(): number {
    return this.#at
  }

  /** Kind of the value that starts here; skips white space before it. */
  peekKind(): JsonKind {
    this.skipSpace()
    switch (this.#bytes[this.#at]) {
      case 0x7b:
        return 'object'
      case 0x5b:
        return 'array'
      case QUOTE:
        return 'string'
      case 0x74:
        return 'true'
      case 0x66:
        return 'false'
      case 0x6e:
        return 'null'
      case undefined:
        throw new JsonSyntaxError('unexpected end of the document', this.#at)
      default:
        return 'number'
    }
  }

  /** Calls `member` for each member of the object here, standing before the value, which it must read. */
  readObject(member: (name: string, keyStart: number) => void): void {
    this.#enter(0x7b)
    let next = this.#spaceThenByte()
    if (next === 0x7d) return this.#leave()
    for (;;) {
      if (next !== QUOTE) throw new JsonSyntaxError('expected a member name in double quotes', this.#at)
      const keyStart = this.#at
      const name = this.readString()
      if (this.#spaceThenByte() !== 0x3a) throw new JsonSyntaxError('expected a colon', this.#at)
      this.#at++
      this.skipSpace()
      member(name, keyStart)
      next = this.#spaceThenByte()
      if (next === 0x7d) return this.#leave()
      if (next !== 0x2c) throw new JsonSyntaxError('expected a comma or a closing brace', this.#at)
      this.#at++
      next = this.#spaceThenByte()
    }
  }

  /** Calls `element` for each element of the array here, standing before it; it must read it. */
  readArray(element: (index: number) => void): void {
    this.#enter(0x5b)
    if (this.#spaceThenByte() === 0x5d) return this.#leave()
    for (let index = 0; ; index++) {
      this.skipSpace()
      element(index)
      const next = this.#spaceThenByte()
      if (next === 0x5d) return this.#leave()
      if (next !== 0x2c) throw new JsonSyntaxError('expected a comma or a closing bracket', this.#at)
      this.#at++
    }
  }

  /** The string here, decoded. */
  readString(): string {
    const start = this.#at
    const isPlain = this.skipString()
    const text = this.#bytes.toString('utf8', start + 1, this.#at - 1)
    return isPlain ? text : String(JSON.parse(`"${text}"`))
  }

  /** Passes over the value here, checking it. */
  skipValue(): void {
    switch (this.peekKind()) {
      case 'string':
        this.skipString()
        break
      case 'object':
        this.readObject(() => this.skipValue())
        break
      case 'array':
        this.readArray(() => this.skipValue())
        break
      case 'true':
        this.#literal('true')
        break
      case 'false':
        this.#literal('false')
        break
      case 'null':
        this.#literal('null')
        break
      case 'number':
        this.#number()
    }
  }

  /** Passes over the string here; whether it has no escapes. */
  skipString(): boolean {
    const bytes = this.#bytes
    const length = this.#length
    let isPlain = true
    let at = this.#at + 1
    for (; at < length; at++) {
      const byte = bytes[at] ?? 0
      if (byte === QUOTE) {
        this.#at = at + 1
        return isPlain
      }
      if (byte === BACKSLASH) {
        isPlain = false
        at = this.#escapeEnd(at)
      } else if (byte < 0x20) {
        throw new JsonSyntaxError(`control character 0x${byte.toString(16).padStart(2, '0')} in a string`, at)
      }
    }
    throw new JsonSyntaxError('unexpected end of the document in a string', length)
  }

  /** Whether the string here begins with `prefix` (ASCII, nothing that JSON escapes). */
  stringStartsWith(prefix: string): boolean {
    return this.#bytes.toString('latin1', this.#at + 1, this.#at + 1 + prefix.length) === prefix
  }

  /** As it is written, at most so many characters of it; slashes may have been escaped, as some writers do. */
  stringStart(length: number): string {
    const start = this.#bytes.toString('latin1', this.#at + 1, this.#at + 1 + length)
    const [text = ''] = start.replaceAll('\\/', '/').split('"', 1)
    return text
  }

  skipSpace(): void {
    const bytes = this.#bytes
    for (let byte = bytes[this.#at]; ; byte = bytes[++this.#at]) {
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return
    }
  }

  /** Nothing but white space may follow. */
  expectEnd(): void {
    this.skipSpace()
    if (this.#at < this.#length) throw new JsonSyntaxError('unexpected text after the document', this.#at)
  }

  #spaceThenByte(): number | undefined {
    this.skipSpace()
    if (this.#at >= this.#length) throw new JsonSyntaxError('unexpected end of the document', this.#at)
    return this.#bytes[this.#at]
  }

  #enter(open: number): void {
    if (this.#bytes[this.#at] !== open) throw new JsonSyntaxError('unexpected value', this.#at)
    if (++this.#depth > MAX_DEPTH)
      throw new JsonSyntaxError(`nesting deeper than ${MAX_DEPTH} levels`, this.#at)
    this.#at++
  }

  #leave(): void {
    this.#depth--
    this.#at++
  }

  /** The last byte of the escape that starts at `at`. */
  #escapeEnd(at: number): number {
    switch (this.#bytes[at + 1] ?? 0) {
      case QUOTE:
      case BACKSLASH:
      case 0x2f:
      case 0x62:
      case 0x66:
      case 0x6e:
      case 0x72:
      case 0x74:
        return at + 1
      case 0x75:
        return this.#unicodeEnd(at)
      default:
        throw new JsonSyntaxError('malformed escape in a string', at)
    }
  }

  /** The last byte of the `\\u` escape, or pair of them, that starts at `at`. */
  #unicodeEnd(at: number): number {
    const code = this.#hexAt(at)
    if (code === 0 && !this.#allowsAnyText)
      throw new JsonSyntaxError('NUL character (\\u0000), which no model accepts,', at)
    if (this.#allowsAnyText || code < 0xd800 || code > 0xdfff) return at + 5
    const isPair =
      code < 0xdc00 &&
      this.#bytes[at + 6] === BACKSLASH &&
      this.#bytes[at + 7] === 0x75 &&
      this.#isLowHalf(at + 6)
    if (!isPair)
      throw new JsonSyntaxError('half of a surrogate pair, which is no character and no model accepts,', at)
    return at + 11
  }

  #isLowHalf(at: number): boolean {
    const code = this.#hexAt(at)
    return code >= 0xdc00 && code <= 0xdfff
  }

  #hexAt(at: number): number {
    const hex = this.#bytes.toString('latin1', at + 2, at + 6)
    if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw new JsonSyntaxError('malformed \\u escape', at)
    return Number.parseInt(hex, 16)
  }

  #literal(word: string): void {
    const end = this.#at + word.length
    if (this.#bytes.toString('latin1', this.#at, end) !== word)
      throw new JsonSyntaxError('unexpected value', this.#at)
    this.#at = end
  }

  #number(): void {
    const start = this.#at
    let end = start
    while (end < this.#length && isNumberByte(this.#bytes[end] ?? 0)) end++
    if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(this.#bytes.toString('latin1', start, end))) {
      throw new JsonSyntaxError('unexpected value', start)
    }
    this.#at = end
  }
}

function isNumberByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2d ||
    byte === 0x2b ||
    byte === 0x2e ||
    (byte | 0x20) === 0x65
  )
}
