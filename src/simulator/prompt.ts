// A prompt as a provider's cache sees it: one text in the order in which it is read (tools, system, messages), with the
// places where a block ends and where the client asked for caching.

import { createHash } from 'node:crypto'
import { IMAGE_MARK } from './tokenizer.ts'

export interface CacheMark {
  /** Everything before it is to be cached. */
  readonly offset: number
  readonly isLong: boolean
}

export interface Prompt {
  readonly text: string
  readonly messageCount: number
  /** Ends of the blocks, ascending. */
  readonly boundaries: readonly number[]
  readonly marks: readonly CacheMark[]
}

export interface PromptBuilder {
  text(text: string): void
  image(data: string): void
  mark(isLong: boolean): void
  build(messageCount: number): Prompt
}

export function createPromptBuilder(): PromptBuilder {
  const blocks: string[] = []
  const boundaries: number[] = []
  const marks: CacheMark[] = []
  let length = 0
  const add = (block: string): void => {
    blocks.push(block)
    length += block.length
    boundaries.push(length)
  }
  return {
    text: (text) => add(`${text}\n`),
    image: (data) => add(IMAGE_MARK + createHash('sha1').update(data).digest('hex').slice(0, 8)),
    mark: (isLong) => void marks.push({ offset: length, isLong }),
    build: (messageCount) => ({ text: blocks.join(''), messageCount, boundaries, marks }),
  }
}
