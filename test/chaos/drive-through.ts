// Requests, and the fault among them at moments that the seed chose; after each the time until all is served again.

import { setTimeout as delay } from 'node:timers/promises'
import type { ChaosFault, Scene } from './fault.ts'

export interface Drive {
  readonly fault: ChaosFault
  readonly requests: number
}

export interface Driven {
  /** How many were injected. */
  readonly faults: number
  /** From each mending until every gateway serves a request that a hard budget counts. */
  readonly recoveryMs: readonly number[]
}

const TRIES = 600
const EVERY_MS = 50

export async function driveThrough(scene: Scene, { fault, requests }: Drive): Promise<Driven> {
  const { traffic, random } = scene
  const moments = Array.from({ length: fault.times }, () =>
    random.between(Math.floor(requests * 0.05), Math.floor(requests * 0.8)),
  )
  const due = moments.toSorted((one, other) => one - other)
  const recoveryMs: number[] = []
  const failures: unknown[] = []
  let faults = 0
  let waiting = due.length
  const inject = async (): Promise<void> => {
    faults += await fault.inject(scene)
    recoveryMs.push(await recovery(scene))
    waiting--
  }
  // One after the other: what the table says of a fault is said of it alone.
  let injecting: Promise<unknown> = Promise.resolve()
  await traffic.run(requests, (begun) => {
    for (; (due[0] ?? Number.POSITIVE_INFINITY) <= begun; due.shift())
      injecting = injecting.then(inject).catch((error: unknown) => failures.push(error))
    return waiting > 0 && failures.length === 0
  })
  await injecting
  if (failures.length > 0) throw failures[0]
  return { recoveryMs, faults }
}

/** No request that a hard budget counts is served while the store is away. */
async function recovery({ stage, traffic }: Scene): Promise<number> {
  const startedAtMs = performance.now()
  await Promise.all(
    stage.gateways.map(async ({ name }) => {
      for (let tries = 0; ; tries++) {
        const { status } = await traffic.ask('hard', name)
        if (status !== null && status !== 503 && status !== 500) return
        if (tries > TRIES) throw new Error(`gateway ${name} does not serve again`)
        await delay(EVERY_MS)
      }
    }),
  )
  return performance.now() - startedAtMs
}
