// Counts what kinds of characters stand in a stretch of JSON string content, in one pass over its bytes. Tokenizers cut
// text where the kind of character changes, so the transitions are counted, not the characters alone.

/** What a token estimate is made from, in the order in which `FAMILY_WEIGHTS` lists its weights. */
export const TEXT_FEATURES = [
  'wordStarts',
  'gluedWordStarts',
  'camelStarts',
  'lowerLetters',
  'upperLetters',
  'digitStarts',
  'digits',
  'lineStarts',
  'lineRepeats',
  'indentation',
  'spaces',
  'punctuationStarts',
  'punctuationRepeats',
  'twoByte',
  'han',
  'wide',
  'fourByte',
] as const

export type TextFeatures = readonly number[]

// A class per byte. Bytes that continue a character have none: the character was counted at its first byte.
const NONE = 0
const LOWER = 1
const UPPER = 2
const DIGIT = 3
const SPACE = 4
const LINE = 5
const PUNCTUATION = 6
const TWO_BYTE = 7
const HAN = 8
const WIDE = 9
const FOUR_BYTE = 10
const CONTINUATION = 11
const BACKSLASH = 12

/** Classes fit in four bits: a transition is `previous << 4 | class`. */
const TRANSITIONS = 256

const CLASS_OF_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => classOfByte(byte))

/** Transitions counted over any number of stretches. */
export interface TransitionCounter {
  /** Begins anew. */
  reset(): void
  /** Counts `bytes[start, end)`, JSON escapes as what they stand for. */
  add(bytes: Uint8Array, start: number, end: number): void
  /** The features of all that was added, times `scale`. */
  features(scale: number): TextFeatures
}

export function createTransitionCounter(): TransitionCounter {
  const counts = new Int32Array(TRANSITIONS)
  return {
    reset: () => void counts.fill(0),
    add: (bytes, start, end) => countTransitions(counts, bytes, { start, end }),
    features: (scale) => readFeatures(counts, scale),
  }
}

function countTransitions(counts: Int32Array, bytes: Uint8Array, span: { start: number; end: number }): void {
  const { start, end } = span
  let previous = NONE
  for (let at = start; at < end; at++) {
    let kind = CLASS_OF_BYTE[bytes[at] ?? 0] ?? NONE
    if (kind === CONTINUATION) continue
    if (kind === BACKSLASH) {
      at++
      const escaped = bytes[at] ?? 0
      if (escaped === 0x75) {
        kind = classOfCodeUnit(readHex(bytes, at + 1))
        at += 4
        // The second half of a surrogate pair: its character was counted with the first.
        if (kind === CONTINUATION) continue
      } else {
        kind = escaped === 0x6e || escaped === 0x72 || escaped === 0x74 ? LINE : PUNCTUATION
      }
    }
    const transition = (previous << 4) | kind
    counts[transition] = (counts[transition] ?? 0) + 1
    previous = kind
  }
}

function readFeatures(counts: Int32Array, scale: number): TextFeatures {
  const count = (previous: number, kind: number): number => counts[(previous << 4) | kind] ?? 0
  const total = (kind: number): number => {
    let sum = 0
    for (let previous = NONE; previous <= FOUR_BYTE; previous++) sum += count(previous, kind)
    return sum
  }
  const lower = total(LOWER)
  const upper = total(UPPER)
  const insideWords = count(LOWER, LOWER) + count(UPPER, LOWER) + count(UPPER, UPPER) + count(LOWER, UPPER)
  const afterPunctuation = count(PUNCTUATION, LOWER) + count(PUNCTUATION, UPPER)
  const indentation = count(SPACE, SPACE) + count(LINE, SPACE)
  const line = total(LINE)
  const punctuation = total(PUNCTUATION)
  const digits = total(DIGIT)
  return [
    (lower + upper - insideWords - afterPunctuation) * scale,
    afterPunctuation * scale,
    count(LOWER, UPPER) * scale,
    lower * scale,
    upper * scale,
    (digits - count(DIGIT, DIGIT)) * scale,
    digits * scale,
    (line - count(LINE, LINE)) * scale,
    count(LINE, LINE) * scale,
    indentation * scale,
    (total(SPACE) - indentation) * scale,
    (punctuation - count(PUNCTUATION, PUNCTUATION)) * scale,
    count(PUNCTUATION, PUNCTUATION) * scale,
    total(TWO_BYTE) * scale,
    total(HAN) * scale,
    total(WIDE) * scale,
    total(FOUR_BYTE) * scale,
  ]
}

function classOfByte(byte: number): number {
  if (byte >= 0x61 && byte <= 0x7a) return LOWER
  if (byte >= 0x41 && byte <= 0x5a) return UPPER
  if (byte >= 0x30 && byte <= 0x39) return DIGIT
  if (byte === 0x20) return SPACE
  if (byte === 0x0a || byte === 0x0d || byte === 0x09) return LINE
  if (byte === 0x5c) return BACKSLASH
  if (byte < 0x80) return PUNCTUATION
  if (byte < 0xc0) return CONTINUATION
  if (byte < 0xe0) return TWO_BYTE
  // U+4000 to U+9FFF: all but the rarest Han characters.
  if (byte >= 0xe4 && byte <= 0xe9) return HAN
  return byte < 0xf0 ? WIDE : FOUR_BYTE
}

function classOfCodeUnit(unit: number): number {
  if (unit < 0x80) return unit === 0x5c ? PUNCTUATION : classOfByte(unit)
  if (unit < 0x800) return TWO_BYTE
  if (unit >= 0xd800 && unit <= 0xdbff) return FOUR_BYTE
  if (unit >= 0xdc00 && unit <= 0xdfff) return CONTINUATION
  return unit >= 0x4000 && unit <= 0x9fff ? HAN : WIDE
}

function readHex(bytes: Uint8Array, start: number): number {
  let value = 0
  for (let at = start; at < start + 4; at++) {
    const byte = bytes[at] ?? 0x30
    value = value * 16 + (byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57)
  }
  return value
}
