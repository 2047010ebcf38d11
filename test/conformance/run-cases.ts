// Every client through every case on every provider, against one gateway in front of simulated providers.

import type { ProviderId } from '../../src/core/route.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { CASES, type ConformanceCase, type Target } from './cases.ts'
import type { ConformanceClient } from './client.ts'

/** One model of each that sees, calls tools and streams. */
export const TARGETS: readonly Target[] = [
  { provider: 'deepseek', model: 'deepseek/deepseek-flash', takesSchemas: false },
  { provider: 'alibaba', model: 'alibaba/qwen3.7-plus', takesSchemas: true },
  { provider: 'moonshot', model: 'moonshot/kimi-k2.6', takesSchemas: true },
  { provider: 'openai', model: 'openai/gpt-6-luna', takesSchemas: true },
  { provider: 'anthropic', model: 'anthropic/claude-haiku-5-5', takesSchemas: true },
]

export interface Outcome {
  readonly client: string
  readonly case: string
  readonly provider: ProviderId
  /** Null where it passed. */
  readonly problem: string | null
}

export interface Selection {
  readonly cases?: readonly ConformanceCase[]
  readonly targets?: readonly Target[]
}

/** A provider that is read to its end after its client left is not read for long here. */
export function startConformanceGateway(): Promise<TestGateway> {
  return startGateway({
    config: {
      circuit: { failures: 1000 },
      providers: { alibaba: { region: 'singapore', on_disconnect: 'drain', drain: { max_ms: 500 } } },
    },
  })
}

export async function runCases(
  gateway: TestGateway,
  client: ConformanceClient,
  { cases = CASES, targets = TARGETS }: Selection = {},
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const one of cases) {
    for (const target of targets) {
      let problem: string | null = null
      try {
        await one.run({ gateway, target, client })
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error)
      }
      gateway.fleet.providers[target.provider].faults.clear()
      outcomes.push({ client: client.name, case: one.id, provider: target.provider, problem })
    }
  }
  return outcomes
}
