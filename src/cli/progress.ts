// How far long work has come, on a line of the terminal that is written over; on a pipe nothing.

import type { CommandContext } from './command.ts'

export interface Progress {
  /** From 0 to 1, with a few words. */
  at(share: number, words: string): void
  /** The line is wiped. */
  done(): void
}

const WIDTH = 30
const EVERY_MS = 100

export function startProgress(
  { err, isWatched }: Pick<CommandContext, 'err' | 'isWatched'>,
  now: () => number,
): Progress {
  if (!isWatched) return { at: () => undefined, done: () => undefined }
  let toldAtMs = 0
  return {
    at(share, words) {
      if (now() - toldAtMs < EVERY_MS) return
      toldAtMs = now()
      const full = Math.round(Math.min(1, Math.max(0, share)) * WIDTH)
      err(`\r\x1b[K[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${words}`)
    },
    done: () => err('\r\x1b[K'),
  }
}
