// What an application makes of a stream: the official client takes the bytes apart, and the deltas are put together by
// their index, as every application does.

import { Stream } from 'openai/streaming'
import { z } from 'zod'

const toolCall = z.looseObject({
  index: z.number(),
  id: z.string().min(1).optional(),
  function: z.looseObject({ name: z.string().optional(), arguments: z.string().optional() }).optional(),
})
const delta = z.looseObject({
  content: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  refusal: z.string().nullish(),
  tool_calls: z.array(toolCall).nullish(),
})
const choice = z.looseObject({
  index: z.number(),
  delta,
  finish_reason: z.string().nullish(),
  usage: z.null().optional(),
})
/** A chunk as a client may get it: without usage, which the gateway tells by itself. */
const chunk = z.looseObject({
  id: z.string().min(1),
  object: z.literal('chat.completion.chunk'),
  created: z.number(),
  model: z.string().min(1),
  // One without choices would be the chunk that the usage was taken from.
  choices: z.array(choice).min(1),
  usage: z.null().optional(),
})

export interface SeenChoice {
  text: string
  reasoning?: string
  refusal?: string
  toolCalls?: { id: string; name: string; arguments: string }[]
  finish?: string
}

export async function readAsClient(bytes: Buffer): Promise<readonly SeenChoice[]> {
  const choices: SeenChoice[] = []
  const stream = Stream.fromSSEResponse<unknown>(new Response(bytes), new AbortController())
  for await (const value of stream) {
    for (const told of chunk.parse(value).choices) {
      const seen = (choices[told.index] ??= { text: '' })
      add(seen, told.delta)
      if (told.finish_reason != null) seen.finish = told.finish_reason
    }
  }
  return choices
}

function add(seen: SeenChoice, told: z.infer<typeof delta>): void {
  seen.text += told.content ?? ''
  if (told.reasoning_content) seen.reasoning = (seen.reasoning ?? '') + told.reasoning_content
  if (told.refusal) seen.refusal = (seen.refusal ?? '') + told.refusal
  for (const call of told.tool_calls ?? []) {
    seen.toolCalls ??= []
    const known = (seen.toolCalls[call.index] ??= { id: '', name: '', arguments: '' })
    // As careless clients do: whatever id comes last is kept.
    if (call.id !== undefined) known.id = call.id
    known.name += call.function?.name ?? ''
    known.arguments += call.function?.arguments ?? ''
  }
}

/** Comment lines that reached the client, in order. */
export function commentsIn(bytes: Buffer): readonly string[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line.startsWith(':'))
}
