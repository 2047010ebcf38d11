// A tokenizer of the simulator's own: nobody's real one, but deterministic, and different by vendor in the way that
// vendors differ (Claude counts more tokens for English than others, about the same for Chinese).

import type { ProviderId } from '../core/route.ts'

interface Weights {
  /** Letters that one token covers at most. */
  readonly lettersPerToken: number
  /** Thousandths of a token. */
  readonly latin: number
  readonly wide: number
  readonly image: number
}

const WEIGHTS: Record<ProviderId, Weights> = {
  deepseek: { lettersPerToken: 7, latin: 1000, wide: 600, image: 640_000 },
  alibaba: { lettersPerToken: 7, latin: 1030, wide: 640, image: 720_000 },
  moonshot: { lettersPerToken: 7, latin: 1010, wide: 620, image: 800_000 },
  openai: { lettersPerToken: 8, latin: 1000, wide: 780, image: 765_000 },
  anthropic: { lettersPerToken: 6, latin: 1380, wide: 1020, image: 1_300_000 },
}

/** Stands for an image in a text that is counted. */
export const IMAGE_MARK = '\u0001'

const FIRST_WIDE = 0x2e80

/** Tokens of `text` at this vendor; 0 only for an empty text. */
export function countTokens(provider: ProviderId, text: string): number {
  const weights = WEIGHTS[provider]
  let units = 0
  let wide = 0
  let images = 0
  let letters = 0
  let digits = 0
  for (let index = 0; index <= text.length; index++) {
    const code = index < text.length ? text.charCodeAt(index) : 0x20
    const isDigit = code >= 0x30 && code <= 0x39
    const isLetter = isLatinLetter(code)
    if (!isLetter && letters > 0) {
      units += Math.ceil(letters / weights.lettersPerToken)
      letters = 0
    }
    if (!isDigit && digits > 0) {
      units += Math.ceil(digits / 3)
      digits = 0
    }
    if (isLetter) letters++
    else if (isDigit) digits++
    else if (code >= FIRST_WIDE) wide++
    else if (code === 0x01) images++
    else if (code !== 0x20) units++
  }
  return Math.ceil((units * weights.latin + wide * weights.wide + images * weights.image) / 1000)
}

function isLatinLetter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0xc0 && code < FIRST_WIDE)
  )
}
