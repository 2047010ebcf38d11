// Text with what is sensitive taken out. What is found is found in the text as it was: no finding hides another, and one that
// reaches over the end of what is kept is still seen whole.

import { type ContentPolicy, REDACTIONS } from '../core/sampled-content.ts'
import { DETECTORS, type Found, findKeys, matching } from './detectors.ts'

export interface Redacted {
  readonly text: string
  readonly is_cut: boolean
}

/** At most `most` characters of the text are kept. */
export type Redact = (text: string, most: number) => Redacted

/** Characters behind those that are kept, in which something that began before may end. */
export const MARGIN = 4_096

/** The patterns have been checked when the configuration was read. */
export function createRedactor({ redact, patterns }: Pick<ContentPolicy, 'redact' | 'patterns'>): Redact {
  const detectors = [
    findKeys,
    // In their own order: a card's number may look like one to call.
    ...REDACTIONS.filter((kind) => redact.includes(kind)).map((kind) => DETECTORS[kind]),
    ...patterns.map((source) => matching(new RegExp(source, 'gu'), '[redacted]')),
  ]
  return (text, most) => {
    const seen = text.slice(0, most + MARGIN)
    const found = detectors.flatMap((detect) => [...detect(seen)])
    let kept = ''
    let at = 0
    for (const { start, end, label } of inOrder(found)) {
      if (start >= most) break
      if (start >= at) kept += seen.slice(at, start) + label
      at = Math.max(at, end)
    }
    kept += seen.slice(at, most)
    // A pair of surrogates may have been cut apart.
    return { text: kept.toWellFormed(), is_cut: Math.max(at, most) < text.length }
  }
}

function inOrder(found: readonly Found[]): readonly Found[] {
  return found.toSorted((one, other) => one.start - other.start || other.end - one.end)
}
