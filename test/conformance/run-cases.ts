// Every client through every case on every provider, against one gateway in front of simulated providers.

import { startGateway, type TestGateway } from '../support/gateway.ts'
import { CASES, type ConformanceCase, type Target } from './cases.ts'
import type { ConformanceClient } from './client.ts'

/** One model of each that sees, calls tools and streams. */
export const TARGETS: readonly Target[] = [
  { name: 'deepseek', provider: 'deepseek', model: 'deepseek/deepseek-flash' },
  { name: 'alibaba', provider: 'alibaba', model: 'alibaba/qwen3.7-plus' },
  { name: 'moonshot', provider: 'moonshot', model: 'moonshot/kimi-k2.6' },
  { name: 'openai', provider: 'openai', model: 'openai/gpt-6-luna' },
  { name: 'anthropic', provider: 'anthropic', model: 'anthropic/claude-haiku-5-5' },
  { name: 'own server', provider: 'deepseek', model: 'lab/deepseek-flash' },
]

export interface Outcome {
  readonly client: string
  readonly case: string
  readonly target: string
  /** Null where it passed. */
  readonly problem: string | null
}

export interface Selection {
  readonly cases?: readonly ConformanceCase[]
  readonly targets?: readonly Target[]
}

/** What a configuration says of a server that no code knows. */
const OWN_MODEL = {
  tier: 'economy',
  context: 65_536,
  can: ['stop', 'tools', 'json_object', 'images'],
  reasons: true,
  json_word: true,
  prices: { input: 0.1, output: 0.2 },
}

/** A provider that is read to its end after its client left is not read for long here. */
export function startConformanceGateway(): Promise<TestGateway> {
  return startGateway({
    config: ({ environment }) => ({
      circuit: { failures: 1000 },
      routing: { json_schema: 'repaired' },
      providers: {
        alibaba: { region: 'singapore', on_disconnect: 'drain', drain: { max_ms: 500 } },
        lab: {
          kind: 'openai-compatible',
          base_url: environment['DEEPSEEK_BASE_URL'],
          api_key_env: 'DEEPSEEK_API_KEY',
          jurisdiction: 'de',
          wants_reasoning: true,
          models: { 'deepseek-flash': OWN_MODEL },
        },
      },
    }),
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
      outcomes.push({ client: client.name, case: one.id, target: target.name, problem })
    }
  }
  return outcomes
}
