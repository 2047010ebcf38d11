// The services as the router sees them at one moment.

import type { World } from '../routing/world.ts'
import type { ChatServices } from './services.ts'

export interface WorldView {
  at(nowMs: number): World
}

export function createWorldView(services: ChatServices): WorldView {
  const { catalog, circuits, endpoints, learning, policy } = services
  return {
    at: (nowMs) => ({
      routes: catalog.routes,
      nowMs,
      holdUntilMs: nowMs + policy.longestRequestMs,
      defaultOutputCap: policy.defaultOutputCap,
      prices(route) {
        const prices = catalog.prices(route)
        return prices?.segmentAt(nowMs) == null ? null : prices
      },
      jurisdiction: (route) => catalog.jurisdiction(route),
      unavailable(route) {
        if (!endpoints.has(route.provider)) return 'off'
        return circuits.status(route).state === 'open' ? 'circuit_open' : null
      },
      promptTokens: (route, profile) => learning.tokens.promptTokens(route.tokenizer, profile),
      expectedOutput: (route, shape) => learning.output.expected(route, shape),
      cacheExpectation: (route, subject, prompt) =>
        learning.cache.expected(route, subject, { prompt, atMs: nowMs }),
      latencyMs: (route) => learning.latencies.of(route.id),
    }),
  }
}
