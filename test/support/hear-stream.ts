// One streamed answer as a client hears it, with what the ledger and the provider's own books say of it.

import type { ProviderId } from '../../src/core/route.ts'
import type { BookEntry } from '../../src/simulator/books.ts'
import type { RequestDetails, TestGateway } from './gateway.ts'

export interface Heard {
  readonly status: number
  readonly body: string
  readonly text: string
  readonly reasoning: string
  readonly chunks: readonly Chunk[]
  readonly usage: { prompt_tokens: number; completion_tokens: number; cost: number } | null
  readonly details: RequestDetails
  readonly entries: readonly (BookEntry & { readonly provider: ProviderId })[]
}

interface Chunk {
  readonly id: string
  readonly created: number
  readonly model: string
  readonly choices?: readonly {
    readonly delta: { role?: string; content?: string | null; reasoning_content?: string | null }
    readonly finish_reason: string | null
  }[]
  readonly usage?: Heard['usage']
  readonly error?: { readonly code: string }
}

/** Asks for a stream with its usage, reads it to its end, and waits until it is booked. */
export async function hearStream(
  gateway: TestGateway,
  key: string,
  body: { readonly messages: readonly object[]; readonly [field: string]: unknown },
): Promise<Heard> {
  const before = gateway.fleet.books().entries.length
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'standard',
      stream: true,
      stream_options: { include_usage: true },
      ...body,
    }),
  })
  const text = await response.text()
  const chunks = text.split('\n\n').flatMap((event): Chunk[] => {
    const data = event.split('\n').find((line) => line.startsWith('data: {'))
    return data === undefined ? [] : [JSON.parse(data.slice('data: '.length))]
  })
  const deltas = chunks.flatMap(({ choices = [] }) => choices.map(({ delta }) => delta))
  const details = await gateway.settled(response.headers.get('x-request-id') ?? '')
  return {
    status: response.status,
    body: text,
    text: deltas.map(({ content }) => content ?? '').join(''),
    reasoning: deltas.map((delta) => delta.reasoning_content ?? '').join(''),
    chunks,
    usage: chunks.find(({ usage }) => usage != null)?.usage ?? null,
    details,
    entries: gateway.fleet.books().entries.slice(before),
  }
}
