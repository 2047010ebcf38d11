// Which capabilities a request needs, in the order in which they are told.

import type { Capability } from '../core/route.ts'
import type { ChatRequest } from '../openai/chat-request.ts'

export function neededCapabilities(request: ChatRequest, checksSchema: boolean): readonly Capability[] {
  const { features, choices } = request
  const isSchema = features.responseFormat === 'json_schema'
  // One object, and not a function for each: every request is asked all of it.
  const needs = {
    tools: features.toolCount > 0,
    custom_tools: features.hasCustomTools,
    hosted_tools: features.hasHostedTools,
    required_tool_choice: features.toolChoice === 'required',
    forced_tool_choice: features.toolChoice === 'named',
    json_object: features.responseFormat === 'json_object',
    json_schema: isSchema && !checksSchema,
    checked_json_schema: isSchema && checksSchema,
    images: features.imageCount > 0,
    image_urls: features.imageUrlCount > 0,
    video: features.videoCount > 0,
    audio: features.audioCount > 0,
    audio_output: features.wantsAudioOutput,
    files: features.fileCount > 0,
    file_ids: features.fileIdCount > 0,
    many_choices: choices > 1,
    logprobs: features.wantsLogprobs,
    stop: features.stops.length > 0,
    blank_stop: features.stops.some((stop) => stop.trim() === ''),
    prefix: features.lastTurn === 'continued',
    assistant_last: features.lastTurn === 'assistant',
  } satisfies Record<(typeof CHECKED)[number], boolean>
  return CHECKED.filter((capability) => needs[capability])
}

const CHECKED = [
  'tools',
  'custom_tools',
  'hosted_tools',
  'required_tool_choice',
  'forced_tool_choice',
  'json_object',
  'json_schema',
  'checked_json_schema',
  'images',
  'image_urls',
  'video',
  'audio',
  'audio_output',
  'files',
  'file_ids',
  'many_choices',
  'logprobs',
  'stop',
  'blank_stop',
  'prefix',
  'assistant_last',
] as const satisfies readonly Capability[]
