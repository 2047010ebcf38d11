// One request to a pinned model through a whole gateway, with what the client heard and what the provider received.

import type { ProviderId } from '../../src/core/route.ts'
import type { ReceivedRequest } from '../../src/simulator/request-log.ts'
import type { TestGateway } from './gateway.ts'

export interface Asked {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Answer
  /** Names in `x-farthing-dropped`. */
  readonly dropped: readonly string[]
  /** What the provider got of it, in order; empty when nothing was sent. */
  readonly sent: readonly ReceivedRequest[]
}

export interface Answer {
  readonly choices?: readonly {
    readonly finish_reason: string
    readonly message: {
      readonly content: string | null
      readonly reasoning_content?: string
      readonly tool_calls?: readonly {
        readonly id: string
        readonly function: { name: string; arguments: string }
      }[]
    }
  }[]
  readonly usage?: {
    readonly prompt_tokens: number
    readonly completion_tokens: number
    readonly prompt_tokens_details: { readonly cached_tokens: number }
    readonly cost: number
    readonly cost_details: { readonly source: string; readonly cache_write: number }
  }
  readonly error?: { readonly message: string; readonly code: string }
}

export const HI = [{ role: 'user', content: 'Say hello in 12 words.' }]

export const functionTool = (name: string) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: { city: { type: 'string' } } } },
})

export async function askModel(gateway: TestGateway, model: string, fields: object = {}): Promise<Asked> {
  const provider = gateway.fleet.providers[providerOf(model)]
  const before = provider.requests.at(-1)
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: HI, ...fields }),
  })
  const text = await response.text()
  const place = before === undefined ? -1 : provider.requests.lastIndexOf(before)
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text.trimStart().startsWith('{') ? JSON.parse(text) : {},
    dropped: response.headers.get('x-farthing-dropped')?.split(', ') ?? [],
    sent: provider.requests.slice(place + 1),
  }
}

export function providerOf(model: string): ProviderId {
  const id = model.split('/')[0]
  const known = (['deepseek', 'alibaba', 'moonshot', 'openai', 'anthropic'] as const).find(
    (name) => name === id,
  )
  if (known === undefined) throw new Error(`${model} is no pin`)
  return known
}

/** The JSON of each event of a stream. */
export function chunksOf(text: string): readonly Record<string, unknown>[] {
  return text
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice(6)))
}
