// An operator's own regular expressions are run over texts of others' making: what can take very long on some of them is
// refused here, and what passes all the same is broken off when it runs.

import { safeRegex } from 'safe-regex2'

export function isSafePattern(source: string): boolean {
  try {
    // As they are run.
    return !new RegExp(source, 'u').test('') && safeRegex(source)
  } catch {
    return false
  }
}
