// Commands of the system that tests need: looked for on the PATH, and installed where that is allowed.

import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Root on Debian: what is missing may be installed. */
  readonly mayInstall: boolean
}

export interface Wanted {
  /** All of them have to be there; the first one names the rest. */
  readonly commands: readonly [string, ...string[]]
  readonly packages: readonly string[]
}

export type Found = 'there' | { readonly problem: string }

export async function ensureCommands({ env, mayInstall }: Machine, wanted: Wanted): Promise<Found> {
  const path = env['PATH'] ?? ''
  const [name] = wanted.commands
  if (await areOn(path, wanted.commands)) return 'there'
  if (!mayInstall) return { problem: 'They could not be installed by themselves: that takes root on Debian.' }
  process.stderr.write(`${name} is missing: installing it with apt-get\n`)
  try {
    const options = {
      env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 64 * 1024 * 1024,
    }
    await promisify(execFile)('apt-get', ['update'], options)
    const install = ['install', '-y', '--no-install-recommends', ...wanted.packages]
    await promisify(execFile)('apt-get', install, options)
  } catch (error) {
    return { problem: `apt-get failed: ${error instanceof Error ? error.message : String(error)}` }
  }
  if (await areOn(path, wanted.commands)) return 'there'
  return { problem: `apt-get ran, and still there is no ${name} on the PATH.` }
}

async function areOn(path: string, commands: readonly string[]): Promise<boolean> {
  const found = await Promise.all(commands.map((command) => isOn(path, command)))
  return found.every(Boolean)
}

async function isOn(path: string, command: string): Promise<boolean> {
  for (const folder of path.split(delimiter)) {
    try {
      await access(join(folder, command), constants.X_OK)
      return true
    } catch {
      // The next folder may have it.
    }
  }
  return false
}
