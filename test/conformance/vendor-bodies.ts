// The bytes that vendors send, as the contract's fixtures have them, through a whole gateway: what a client gets of each is
// watched, errors and streams that break off included.

import { setTimeout as sleep } from 'node:timers/promises'
import { readFixtures } from '../contract/provider-fixtures.ts'
import { startGateway } from '../support/gateway.ts'
import { startScriptedProvider } from '../support/scripted-provider.ts'
import type { WireWatch } from './wire-watch.ts'

const TOOLS = [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object' } } }]
const ASKED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  deepseek: { model: 'deepseek/deepseek-flash' },
  alibaba: { model: 'alibaba/qwen3.8-flash' },
  moonshot: { model: 'moonshot/kimi-k3.1-pro' },
  openai: { model: 'openai/gpt-6-luna' },
  anthropic: { model: 'anthropic/claude-haiku-5-5' },
  // Tools together with reasoning go that way.
  'openai-responses': { model: 'openai/gpt-6-luna', tools: TOOLS, reasoning_effort: 'low' },
  'openai-compatible': { model: 'lab/any' },
}

const PAUSE_MS = 100
const CIRCUIT = { failures: 1000, open_ms: PAUSE_MS, rate_limit_ms: PAUSE_MS, open_long_ms: PAUSE_MS }

/** How many bodies were sent. */
export async function watchVendorBodies({ fetch }: Pick<WireWatch, 'fetch'>): Promise<number> {
  const provider = await startScriptedProvider()
  const { url } = provider
  const lab = {
    kind: 'openai-compatible',
    base_url: `${url}/v1`,
    jurisdiction: 'de',
    models: { any: { tier: 'economy', context: 8192, prices: { input: 1, output: 1 } } },
  }
  const gateway = await startGateway({
    config: { circuit: CIRCUIT, providers: { lab } },
    env: {
      DEEPSEEK_BASE_URL: url,
      DASHSCOPE_BASE_URL: `${url}/compatible-mode/v1`,
      MOONSHOT_BASE_URL: `${url}/v1`,
      OPENAI_BASE_URL: `${url}/v1`,
      ANTHROPIC_BASE_URL: url,
    },
  })
  let sent = 0
  const ask = async (folder: string, fields: object): Promise<void> => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }], ...ASKED[folder], ...fields }),
    })
    await response.text()
    sent++
    // Until its circuit is closed again.
    if (!response.ok) await sleep(2 * PAUSE_MS)
  }
  try {
    for (const folder of Object.keys(ASKED)) {
      for (const { answerBytes, streamBytes } of readFixtures(folder)) {
        if (answerBytes !== null) {
          provider.play({ headers: { 'content-type': 'application/json' }, pieces: [answerBytes] })
          await ask(folder, {})
        }
        if (streamBytes === null) continue
        provider.play({ pieces: [streamBytes] })
        await ask(folder, { stream: true, stream_options: { include_usage: true } })
      }
    }
  } finally {
    await gateway.close()
    await provider.close()
  }
  return sent
}
