// Whether the tests of this run have a browser, decided once before the first of them, and never in silence.

import { ensureCommands, type Machine } from './debian-commands.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Why no browser can be started here; null where `chromium` is on the PATH. */
    noChromium: string | null
  }
}

const HOW_TO_GET_CHROMIUM =
  'The tests look at the page in a real browser. Install chromium (Debian: apt-get install chromium fonts-dejavu-core).'

export async function findChromium(machine: Machine): Promise<string | null> {
  const found = await ensureCommands(machine, {
    commands: ['chromium'],
    // Without a font there is no text.
    packages: ['chromium', 'fonts-dejavu-core'],
  })
  return found === 'there' ? null : `${HOW_TO_GET_CHROMIUM} ${found.problem}`
}
