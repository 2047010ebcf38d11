// All simulated providers together, and what they would invoice.

import { PROVIDER_IDS, type ProviderId } from '../core/route.ts'
import type { BookEntry } from './books.ts'
import {
  type SimulatedProvider,
  type SimulatedProviderOptions,
  startSimulatedProvider,
} from './provider-server.ts'
import type { SimulatedModel } from './simulated-model.ts'

export type FleetModels = Readonly<Record<ProviderId, readonly SimulatedModel[]>>

export interface FleetBooks {
  readonly requests: number
  readonly billedPico: bigint
  readonly byProvider: Readonly<
    Record<ProviderId, { readonly requests: number; readonly billedPico: bigint }>
  >
  /** Every billed request, in order of time. */
  readonly entries: readonly (BookEntry & { readonly provider: ProviderId })[]
}

export interface Fleet {
  readonly providers: Readonly<Record<ProviderId, SimulatedProvider>>
  /** The variables that point a gateway at this fleet: five keys, five base URLs. */
  readonly environment: Readonly<Record<string, string>>
  /** As the books stand now. */
  books(): FleetBooks
  close(): Promise<void>
}

/** The prefix of each provider's variables. */
const VARIABLES: Record<ProviderId, string> = {
  deepseek: 'DEEPSEEK',
  alibaba: 'DASHSCOPE',
  moonshot: 'MOONSHOT',
  openai: 'OPENAI',
  anthropic: 'ANTHROPIC',
}

export interface FleetOptions extends Pick<SimulatedProviderOptions, 'clock' | 'readReference'> {
  readonly models: FleetModels
}

export async function startFleet({ models, ...options }: FleetOptions): Promise<Fleet> {
  const start = (provider: ProviderId): Promise<SimulatedProvider> =>
    startSimulatedProvider({ ...options, provider, models: models[provider] })
  const [deepseek, alibaba, moonshot, openai, anthropic] = await Promise.all([
    start('deepseek'),
    start('alibaba'),
    start('moonshot'),
    start('openai'),
    start('anthropic'),
  ])
  const providers = { deepseek, alibaba, moonshot, openai, anthropic }
  return {
    providers,
    environment: Object.fromEntries(
      PROVIDER_IDS.flatMap((id) => [
        [`${VARIABLES[id]}_API_KEY`, providers[id].apiKey],
        [`${VARIABLES[id]}_BASE_URL`, providers[id].baseUrl],
      ]),
    ),
    books: () => sumBooks(providers),
    async close() {
      await Promise.all(PROVIDER_IDS.map((id) => providers[id].close()))
    },
  }
}

function sumBooks(providers: Fleet['providers']): FleetBooks {
  const totals = (id: ProviderId): { requests: number; billedPico: bigint } => {
    const { requests, billedPico } = providers[id].books
    return { requests, billedPico }
  }
  const byProvider = {
    deepseek: totals('deepseek'),
    alibaba: totals('alibaba'),
    moonshot: totals('moonshot'),
    openai: totals('openai'),
    anthropic: totals('anthropic'),
  }
  return {
    requests: PROVIDER_IDS.reduce((sum, id) => sum + byProvider[id].requests, 0),
    billedPico: PROVIDER_IDS.reduce((sum, id) => sum + byProvider[id].billedPico, 0n),
    byProvider,
    entries: PROVIDER_IDS.flatMap((id) =>
      providers[id].books.entries.map((entry) => ({ ...entry, provider: id })),
    ).toSorted((one, other) => one.atMs - other.atMs),
  }
}
