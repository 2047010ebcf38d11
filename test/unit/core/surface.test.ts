// Which API a request with tools speaks, at every effort, by each fact of the catalogue.

import { describe, expect, it } from 'vitest'
import { EFFORTS, TOOLS_ON_CHAT, type ToolsOnChat } from '../../../src/core/route.ts'
import { surfaceOf } from '../../../src/core/surface.ts'
import { sampleRoute } from '../routing/route-samples.ts'

const UNSAID = [null, ...EFFORTS] as const

describe('surfaceOf', () => {
  it.each(TOOLS_ON_CHAT)('without tools it is Chat Completions, whatever the fact: %s', (toolsOnChat) => {
    for (const effort of UNSAID) {
      const route = sampleRoute({ effort, toolsOnChat })
      expect(surfaceOf(route, { toolCount: 0, reasoningEffort: 'high' })).toBe('chat')
    }
  })

  it.each([
    ['always', UNSAID],
    ['effort_unset', [null]],
    ['effort_none', ['none']],
    ['never', []],
  ] as const)('with tools, %s: Chat Completions at %j only', (toolsOnChat: ToolsOnChat, onChat) => {
    for (const effort of UNSAID) {
      const wanted = onChat.some((one) => one === effort) ? 'chat' : 'responses'
      const asked = { toolCount: 1, reasoningEffort: effort }
      expect(surfaceOf(sampleRoute({ effort: null, toolsOnChat }), asked)).toBe(wanted)
      // What the route sends counts, not what the client said.
      const route = sampleRoute({ effort, toolsOnChat })
      if (effort !== null) expect(surfaceOf(route, { toolCount: 1, reasoningEffort: 'low' })).toBe(wanted)
    }
  })
})
