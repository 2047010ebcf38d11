// The simulated providers, seen from the run.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { FleetAnswer, FleetCall, FleetOrder, FleetState } from './fleet-protocol.ts'

export interface FleetProcess {
  readonly environment: Readonly<Record<string, string>>
  tell(order: FleetOrder): Promise<FleetState>
  stop(): Promise<void>
}

export async function startFleetProcess(): Promise<FleetProcess> {
  const child = fork(new URL('./fleet-child.ts', import.meta.url), {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  let count = 0
  const waiting = new Map<number, (state: FleetState) => void>()
  child.on('message', (message) => {
    const { id, state }: FleetAnswer = Object(message)
    waiting.get(id)?.(state)
    waiting.delete(id)
  })
  const tell = (order: FleetOrder): Promise<FleetState> =>
    new Promise((resolve) => {
      count++
      waiting.set(count, resolve)
      const call: FleetCall = { id: count, order }
      child.send(call)
    })
  const ended = once(child, 'exit').then(() => {
    throw new Error('the simulated providers ended')
  })
  ended.catch(() => undefined)
  const { environment } = await Promise.race([tell({ kind: 'clear' }), ended])
  return {
    environment,
    tell: (order) => Promise.race([tell(order), ended]),
    async stop() {
      child.kill('SIGKILL')
      await ended.catch(() => undefined)
    },
  }
}
