// The five vendors as they are reached and treated when the configuration says nothing: environment variables, public
// URLs by region, and what to do when a client leaves. Hosts: the vendors' documentation, 2026-11-24.

import type { ProviderId } from '../core/route.ts'

export interface ProviderDefaults {
  readonly keyEnv: string
  readonly urlEnv: string
  /** The public URL where the configuration names no region. */
  readonly url: string
  /** Null where a region has no public URL, because the host carries the customer's workspace id. */
  readonly urlByRegion: Readonly<Record<string, string | null>>
  readonly onDisconnect: 'abort' | 'drain'
}

export const PROVIDER_DEFAULTS = {
  deepseek: {
    keyEnv: 'DEEPSEEK_API_KEY',
    urlEnv: 'DEEPSEEK_BASE_URL',
    url: 'https://api.deepseek.com',
    urlByRegion: {},
    onDisconnect: 'abort',
  },
  // A DashScope key works in its own region only; the hosts of newer regions start with the customer's workspace id.
  // Nothing says that closing the connection stops the bill here, so what is left is read: usage known, not guessed.
  alibaba: {
    keyEnv: 'DASHSCOPE_API_KEY',
    urlEnv: 'DASHSCOPE_BASE_URL',
    url: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    urlByRegion: {
      singapore: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
      beijing: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
      virginia: 'https://dashscope-us.aliyuncs.com/compatible-mode/v1',
      frankfurt: null,
    },
    onDisconnect: 'drain',
  },
  moonshot: {
    keyEnv: 'MOONSHOT_API_KEY',
    urlEnv: 'MOONSHOT_BASE_URL',
    url: 'https://api.moonshot.ai/v1',
    urlByRegion: {},
    onDisconnect: 'abort',
  },
  openai: {
    keyEnv: 'OPENAI_API_KEY',
    urlEnv: 'OPENAI_BASE_URL',
    url: 'https://api.openai.com/v1',
    urlByRegion: {},
    onDisconnect: 'abort',
  },
  // Without the version, as Anthropic's own client reads it: /v1/messages is added to it.
  anthropic: {
    keyEnv: 'ANTHROPIC_API_KEY',
    urlEnv: 'ANTHROPIC_BASE_URL',
    url: 'https://api.anthropic.com',
    urlByRegion: {},
    onDisconnect: 'abort',
  },
} as const satisfies Record<ProviderId, ProviderDefaults>

export const DRAIN_DEFAULTS = { maxMs: 60_000, maxBytes: 8 * 1_048_576 } as const
