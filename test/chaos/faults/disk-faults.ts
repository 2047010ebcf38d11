// No room on the disk: for the spool of one gateway while Redis is away, or for the embedded store itself. The folder is a
// small file system in memory, which takes root; without that, this fault cannot be had.

import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ChaosFault, Scene } from '../fault.ts'
import type { StoreSite } from '../store-site.ts'

/** Of the gateway whose disk it is; with the embedded store all share one. */
const OWNER = 'b'
const SMALL = 'size=600k'
/** The embedded store keeps a write-ahead log. */
const LARGE = 'size=40m'
const FILLER = 'filler'

function mount(site: StoreSite): () => void {
  const folder = site.dataDir(OWNER)
  mkdirSync(folder, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', site.kind === 'embedded' ? LARGE : SMALL, 'none', folder])
  // Lazily: what has it open keeps it.
  return () => execFileSync('umount', ['-l', folder])
}

/** Until not one byte more fits. */
function fill(path: string): void {
  for (let bytes = 1 << 20; bytes > 0; bytes >>= 1) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(bytes), { flag: 'a' })
    } catch {
      // Half as much may fit.
    }
  }
}

export const DISK_FULL: ChaosFault = {
  name: 'disk-full',
  stores: process.getuid?.() === 0 ? ['redis', 'cluster', 'embedded'] : [],
  times: 2,
  prepare: (site) => Promise.resolve(mount(site)),
  async inject({ stage: { site }, random }: Scene) {
    const filler = join(site.dataDir(OWNER), FILLER)
    const gates = site.redis?.gates ?? []
    // Holds that were taken before are settled without a store and without a disk.
    fill(filler)
    await Promise.all(gates.map((gate) => gate.cut()))
    await delay(random.between(500, 2_000))
    rmSync(filler)
    await delay(random.between(0, 500))
    for (const gate of gates) gate.resume()
    return 1 + gates.length
  },
}
