// Whether the tests of this run have a Prometheus, decided once before the first of them, and never in silence.

import { ensureCommands, type Machine } from './debian-commands.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Why no Prometheus can be started here; null where `prometheus` and `promtool` are on the PATH. */
    noPrometheus: string | null
  }
}

const HOW_TO_GET_PROMETHEUS =
  'The tests run dashboards and rules against a real Prometheus. Install prometheus with its promtool ' +
  '(Debian: apt-get install prometheus; macOS: brew install prometheus).'

export async function findPrometheus(machine: Machine): Promise<string | null> {
  const found = await ensureCommands(machine, {
    commands: ['prometheus', 'promtool'],
    packages: ['prometheus'],
  })
  return found === 'there' ? null : `${HOW_TO_GET_PROMETHEUS} ${found.problem}`
}
