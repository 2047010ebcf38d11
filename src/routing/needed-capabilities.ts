// Which capabilities a request needs, in the order in which they are told.

import type { Capability } from '../core/route.ts'
import type { ChatRequest } from '../openai/chat-request.ts'

export function neededCapabilities(request: ChatRequest, checksSchema: boolean): readonly Capability[] {
  const { features, choices } = request
  const isSchema = features.responseFormat === 'json_schema'
  const needed: Capability[] = []
  // One function, and not one for each: every request is asked all of it.
  const add = (capability: Capability, isNeeded: boolean): void => {
    if (isNeeded) needed.push(capability)
  }
  add('tools', features.toolCount > 0)
  add('custom_tools', features.hasCustomTools)
  add('hosted_tools', features.hasHostedTools)
  add('required_tool_choice', features.toolChoice === 'required')
  add('forced_tool_choice', features.toolChoice === 'named')
  add('json_object', features.responseFormat === 'json_object')
  add(checksSchema ? 'checked_json_schema' : 'json_schema', isSchema)
  add('images', features.imageCount > 0)
  add('image_urls', features.imageUrlCount > 0)
  add('video', features.videoCount > 0)
  add('audio', features.audioCount > 0)
  add('audio_output', features.wantsAudioOutput)
  add('files', features.fileCount > 0)
  add('file_ids', features.fileIdCount > 0)
  add('many_choices', choices > 1)
  add('logprobs', features.wantsLogprobs)
  add('stop', features.stops.length > 0)
  add(
    'blank_stop',
    features.stops.some((stop) => stop.trim() === ''),
  )
  add('prefix', features.lastTurn === 'continued')
  add('assistant_last', features.lastTurn === 'assistant')
  return needed
}
