// Clocks that jump, by libfaketime: forward and back, for one gateway on Redis, and for the whole machine with the embedded
// store, whose processes share its clock. Clocks that nobody sets go on as they are.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ChaosFault, Scene } from '../fault.ts'
import { STORE_KINDS } from '../store-site.ts'

const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'
/** On Redis; the first gateway, which all jump with on the embedded store, has the right time. */
const ONE = 'b'

function offsetFile(directory: string, gateway: string): string {
  return join(directory, `clock-${gateway}`)
}

function setOffset(path: string, seconds: number): void {
  writeFileSync(path, `${seconds < 0 ? '' : '+'}${seconds}\n`)
}

export const CLOCK_JUMPS: ChaosFault = {
  name: 'clock-jumps',
  stores: STORE_KINDS,
  times: 2,
  // Of providers whose prices do not depend on the hour: at another hour another bill would be right.
  mix: { models: ['openai/gpt-6-luna', 'openai/gpt-6-sol', 'anthropic/claude-haiku-4-5'] },
  env(directory, gateway) {
    mkdirSync(directory, { recursive: true })
    const file = offsetFile(directory, gateway)
    setOffset(file, 0)
    return {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    }
  },
  async inject({ stage: { directory, site, gateways }, random }: Scene) {
    const names = site.kind === 'embedded' ? gateways.map(({ name }) => name) : [ONE]
    const jumps = [random.between(60, 1_800), -random.between(60, 1_800), 0]
    for (const seconds of jumps) {
      for (const name of names) setOffset(offsetFile(directory, name), seconds)
      await delay(random.between(700, 2_500))
    }
    return jumps.length
  },
}
