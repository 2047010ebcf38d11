// The version of an installed package, for those that do not say it themselves.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export function versionOf(packageName: string): string {
  const file = join(import.meta.dirname, '../../node_modules', packageName, 'package.json')
  const { version }: { version: string } = JSON.parse(readFileSync(file, 'utf8'))
  return version
}
