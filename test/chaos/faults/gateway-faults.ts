// Gateways that end: at once, as they are asked to, or while there is no store to tell.

import { setTimeout as delay } from 'node:timers/promises'
import type { GatewayProcess } from '../../support/gateway-process.ts'
import type { ChaosFault, Scene } from '../fault.ts'
import { STORE_KINDS } from '../store-site.ts'
import { redisOf } from './redis-faults.ts'

/** Never the first: it is the witness that lives. */
function pickGateway({ stage, random }: Scene): GatewayProcess {
  const [first, ...others] = stage.gateways
  return random.pick([others[0] ?? first, ...others.slice(1)])
}

async function killAndStart(scene: Scene): Promise<void> {
  const gateway = pickGateway(scene)
  await gateway.end('SIGKILL')
  await delay(scene.random.between(0, 800))
  await gateway.start()
}

export const KILL_GATEWAY: ChaosFault = {
  name: 'kill-gateway',
  stores: STORE_KINDS,
  times: 2,
  async inject(scene) {
    await killAndStart(scene)
    return 1
  },
}

export const KILL_WHILE_AWAY: ChaosFault = {
  name: 'kill-gateway-while-redis-is-away',
  stores: ['redis', 'cluster'],
  times: 2,
  async inject(scene) {
    const { gates } = redisOf(scene)
    await Promise.all(gates.map((gate) => gate.cut()))
    await delay(scene.random.between(300, 1_500))
    await killAndStart(scene)
    await delay(scene.random.between(100, 500))
    for (const gate of gates) gate.resume()
    return 2
  },
}

export const STOP_GATEWAY: ChaosFault = {
  name: 'stop-gateway',
  stores: STORE_KINDS,
  times: 2,
  async inject(scene) {
    const gateway = pickGateway(scene)
    const code = await gateway.end('SIGTERM')
    if (code !== 0) throw new Error(`gateway ${gateway.name} ended with ${code} when it was asked to stop`)
    await gateway.start()
    return 1
  },
}
