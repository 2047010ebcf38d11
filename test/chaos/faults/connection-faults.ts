// Between gateway and Redis: connections that break before a command arrives or before its answer does, and slow ones.

import { setTimeout as delay } from 'node:timers/promises'
import type { Direction } from '../../support/tcp-gate.ts'
import type { ChaosFault } from '../fault.ts'
import { redisOf } from './redis-faults.ts'

const ON_REDIS = ['redis', 'cluster'] as const
const CUTS = 8

function cut(name: string, direction: Direction): ChaosFault {
  return {
    name,
    stores: ON_REDIS,
    times: 3,
    async inject(scene) {
      for (let cuts = 0; cuts < CUTS; cuts++) {
        for (const gate of redisOf(scene).gates) gate.cutNext(direction)
        await delay(scene.random.between(5, 60))
      }
      return CUTS
    },
  }
}

export const CUT_BEFORE: ChaosFault = cut('cut-before-script', 'request')
export const CUT_AFTER: ChaosFault = cut('cut-after-script', 'reply')

export const REDIS_SLOW: ChaosFault = {
  name: 'redis-slow',
  stores: ON_REDIS,
  times: 2,
  async inject(scene) {
    const { gates } = redisOf(scene)
    // Some within what the gateway waits, some beyond.
    for (const ms of [scene.random.between(20, 300), scene.random.between(400, 1_500)]) {
      for (const gate of gates) gate.slow(ms)
      await delay(1_000)
    }
    for (const gate of gates) gate.slow(0)
    return 1
  },
}
