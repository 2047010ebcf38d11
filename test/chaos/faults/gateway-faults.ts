// Gateways that end: at once, or as they are asked to.

import { setTimeout as delay } from 'node:timers/promises'
import type { ChaosFault, Scene } from '../fault.ts'
import type { GatewayProcess } from '../gateway-process.ts'
import { STORE_KINDS } from '../store-site.ts'

/** Never the first: it is the witness that lives. */
function pickGateway({ stage, random }: Scene): GatewayProcess {
  const [first, ...others] = stage.gateways
  return random.pick([others[0] ?? first, ...others.slice(1)])
}

export const KILL_GATEWAY: ChaosFault = {
  name: 'kill-gateway',
  stores: STORE_KINDS,
  times: 3,
  async inject(scene) {
    const gateway = pickGateway(scene)
    await gateway.end('SIGKILL')
    await delay(scene.random.between(0, 800))
    await gateway.start()
    return 1
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
