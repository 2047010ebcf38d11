// GET /v1/models of every provider that is on, with its key: what it says that it serves.

import { fetch } from 'undici'
import { buildProviders } from '../chat/endpoints.ts'
import type { Config } from '../config/config.ts'
import type { ProviderName } from '../core/route.ts'
import { readField, readList } from './answer.ts'

const TIMEOUT_MS = 20_000

const COMPATIBLE = { path: '/models', headers: {} }
/** Its base URL is without the version, as its own client reads it, and a page has 20 models unless more are asked for. */
const ANTHROPIC = { path: '/v1/models?limit=1000', headers: { 'anthropic-version': '2023-06-01' } }

export type ModelAnswers = ReadonlyMap<ProviderName, readonly string[] | Error>

export async function askModels(config: Config): Promise<ModelAnswers> {
  const { endpoints } = buildProviders(config)
  const asked = [...endpoints].map(async ([name, { baseUrl, authHeaders }]) => {
    const { path, headers } = name === 'anthropic' ? ANTHROPIC : COMPATIBLE
    const url = baseUrl.origin + baseUrl.pathname.replace(/\/+$/, '') + path
    const answer = await ask(url, { ...headers, ...authHeaders }).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    )
    return [name, answer] as const
  })
  return new Map(await Promise.all(asked))
}

async function ask(url: string, headers: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const response = await fetch(url, {
    headers,
    // A redirect would carry the key elsewhere.
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new Error(`${new URL(url).origin} cannot be reached`, { cause: error })
  })
  if (!response.ok)
    throw new Error(`${new URL(url).origin} answered ${response.status} to GET ${new URL(url).pathname}`)
  const answer: unknown = await response.json().catch(() => null)
  const ids = readList(answer, 'data').flatMap((model) => {
    const id = readField(model, 'id')
    return typeof id === 'string' ? [id] : []
  })
  if (ids.length === 0) throw new Error(`${new URL(url).origin} did not list any model`)
  return ids
}
