// The only list of providers.

import type { ProviderId } from '../core/route.ts'
import { anthropic } from './anthropic/provider.ts'
import { deepseek } from './deepseek.ts'
import { kimi } from './kimi.ts'
import { openai } from './openai.ts'
import type { Provider } from './provider.ts'
import { qwen } from './qwen.ts'

const PROVIDERS: Readonly<Record<ProviderId, Provider>> = {
  deepseek,
  alibaba: qwen,
  moonshot: kimi,
  openai,
  anthropic,
}

export function providerById(id: ProviderId): Provider {
  return PROVIDERS[id]
}
