// Marks for the cache, as many and in the order in which Claude takes them: four, and none that lives for an hour behind one
// that lives for five minutes (platform.claude.com, prompt caching, read 2026-11).

import { isRecord, type JsonRecord, recordsOf } from '../json-record.ts'

const MOST_MARKS = 4

export interface FittedMarks<Body> {
  readonly body: Body
  /** Marks were left out or live shorter than was asked. */
  readonly isLess: boolean
}

/** The first mark is kept, since what it covers is common to many conversations, and the last ones, where this one grows. */
export function fitCacheMarks<Body extends JsonRecord>(body: Body): FittedMarks<Body> {
  let count = 0
  changeMarks(body, (mark) => {
    count++
    return mark
  })
  let place = 0
  let hasShort = false
  let isLess = false
  const fitted = changeMarks(body, (mark) => {
    place++
    const isSpare = place > 1 && place <= count - MOST_MARKS + 1
    const isLate = hasShort && mark['ttl'] === LONG
    isLess ||= isSpare || isLate
    if (isSpare) return null
    hasShort ||= mark['ttl'] !== LONG
    if (!isLate) return mark
    const { ttl: _, ...short } = mark
    return short
  })
  return isLess ? { body: fitted, isLess } : { body, isLess }
}

const LONG = '1h'

type MarkChange = (mark: JsonRecord) => JsonRecord | null

/** In the order in which Claude reads them; null takes a mark out. */
function changeMarks<Body extends JsonRecord>(body: Body, change: MarkChange): Body {
  const { tools, system, messages } = body
  return marked(
    {
      ...body,
      ...(tools === undefined ? {} : { tools: recordsOf(tools).map((tool) => marked(tool, change)) }),
      ...(system === undefined ? {} : { system: recordsOf(system).map((block) => marked(block, change)) }),
      messages: recordsOf(messages).map((message) => changeBlocks(message, change)),
    },
    change,
  )
}

/** Results of tools have blocks in them. */
function changeBlocks(holder: JsonRecord, change: MarkChange): JsonRecord {
  const { content } = holder
  if (!Array.isArray(content)) return holder
  return {
    ...holder,
    content: recordsOf(content).map((block) => marked(changeBlocks(block, change), change)),
  }
}

function marked<Holder extends JsonRecord>(holder: Holder, change: MarkChange): Holder {
  const mark = holder['cache_control']
  if (!isRecord(mark)) return holder
  const other = change(mark)
  if (other !== null) return { ...holder, cache_control: other }
  // Not there, once it is written.
  return { ...holder, cache_control: undefined }
}
