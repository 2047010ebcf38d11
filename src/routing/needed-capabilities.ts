// Which capabilities a request needs: one row each, in the order in which they are told.

import type { Capability } from '../core/route.ts'
import type { ChatRequest } from '../openai/chat-request.ts'

const NEEDS: readonly (readonly [Capability, (request: ChatRequest) => boolean])[] = [
  ['tools', ({ features }) => features.toolCount > 0],
  ['custom_tools', ({ features }) => features.hasCustomTools],
  ['hosted_tools', ({ features }) => features.hasHostedTools],
  ['required_tool_choice', ({ features }) => features.toolChoice === 'required'],
  ['forced_tool_choice', ({ features }) => features.toolChoice === 'named'],
  ['json_object', ({ features }) => features.responseFormat === 'json_object'],
  ['json_schema', ({ features }) => features.responseFormat === 'json_schema'],
  ['images', ({ features }) => features.imageCount > 0],
  ['image_urls', ({ features }) => features.imageUrlCount > 0],
  ['video', ({ features }) => features.videoCount > 0],
  ['audio', ({ features }) => features.audioCount > 0],
  ['audio_output', ({ features }) => features.wantsAudioOutput],
  ['files', ({ features }) => features.fileCount > 0],
  ['file_ids', ({ features }) => features.fileIdCount > 0],
  ['many_choices', ({ choices }) => choices > 1],
  ['logprobs', ({ features }) => features.wantsLogprobs],
  ['stop', ({ features }) => features.stops.length > 0],
  ['blank_stop', ({ features }) => features.stops.some((stop) => stop.trim() === '')],
  ['prefix', ({ features }) => features.lastTurn === 'continued'],
  ['assistant_last', ({ features }) => features.lastTurn === 'assistant'],
]

export function neededCapabilities(request: ChatRequest, checksSchema: boolean): readonly Capability[] {
  const needed: Capability[] = []
  for (const [capability, isNeeded] of NEEDS) {
    if (!isNeeded(request)) continue
    needed.push(capability === 'json_schema' && checksSchema ? 'checked_json_schema' : capability)
  }
  return needed
}
