// Waits for a condition; says what it waited for where that never comes.

import { setTimeout as delay } from 'node:timers/promises'

const EVERY_MS = 50

export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  // Counted, not looked up: a machine that stands still meanwhile must not make it fail.
  for (let waitedMs = 0; !(await isSo()); waitedMs += EVERY_MS) {
    if (waitedMs > timeoutMs) throw new Error(`waited ${timeoutMs} ms, and still not so: ${what}`)
    await delay(EVERY_MS)
  }
}
