// The official client for Node.

import OpenAI from 'openai'
import { VERSION } from 'openai/version'
import { ASKED } from './asked.ts'
import {
  type ConformanceClient,
  failureOf,
  OPENAI_ERRORS,
  type Said,
  type Session,
  type ToolRun,
} from './client.ts'

type Fetch = typeof globalThis.fetch
type Message = OpenAI.ChatCompletionMessageParam

const TOOLS = [{ type: 'function' as const, function: { name: 'get_weather', parameters: ASKED.citySchema } }]
const ask = (content: string): Message[] => [{ role: 'user', content }]

export function createOpenAiNode(fetch: Fetch): ConformanceClient {
  const completions = ({ baseUrl, apiKey, headers }: Session): OpenAI.Chat.Completions =>
    new OpenAI({ baseURL: baseUrl, apiKey, maxRetries: 0, defaultHeaders: headers ?? {}, fetch }).chat
      .completions

  const complete = async (session: Session, messages: Message[]): Promise<Said> =>
    said(await completions(session).create({ model: session.model, messages }))

  const toolRun = async (session: Session, isStream: boolean): Promise<ToolRun> => {
    const messages = ask(ASKED.toolQuestion)
    const calls: { name: string; arguments: unknown }[] = []
    for (let turn = 0; turn < 4; turn++) {
      const request = { model: session.model, messages, tools: TOOLS }
      const message = isStream
        ? await completions(session).stream(request).finalMessage()
        : (await completions(session).create(request)).choices[0]?.message
      if (message === undefined) throw new Error('no choice')
      messages.push(message)
      if (message.tool_calls === undefined) return { calls, text: message.content ?? '' }
      for (const call of message.tool_calls) {
        if (call.type !== 'function') throw new Error(`a call of the type ${call.type}`)
        calls.push({ name: call.function.name, arguments: JSON.parse(call.function.arguments) })
        messages.push({ role: 'tool', tool_call_id: call.id, content: ASKED.toolResult })
      }
    }
    throw new Error('it calls tools and never answers')
  }

  return {
    name: 'openai (Node)',
    version: VERSION,
    errorNames: OPENAI_ERRORS,
    chat: (session) => complete(session, ask(ASKED.question)),
    async stream(session) {
      const stream = await completions(session).create({
        model: session.model,
        messages: ask(ASKED.question),
        stream: true,
        stream_options: { include_usage: true },
      })
      let pieces = 0
      let text = ''
      let finish = ''
      let usage: OpenAI.CompletionUsage | null | undefined
      for await (const chunk of stream) {
        const [choice] = chunk.choices
        if (choice?.delta.content) pieces++
        text += choice?.delta.content ?? ''
        finish = choice?.finish_reason ?? finish
        usage = chunk.usage ?? usage
      }
      return { pieces, text, finish, ...tokens(usage) }
    },
    tools: toolRun,
    async structured(session) {
      const { text } = said(
        await completions(session).create({
          model: session.model,
          messages: ask(ASKED.jsonQuestion),
          response_format: {
            type: 'json_schema',
            json_schema: { name: 'trip', strict: true, schema: ASKED.tripSchema },
          },
        }),
      )
      return JSON.parse(text)
    },
    vision: (session) =>
      complete(session, [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is in this image?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${ASKED.image}` } },
          ],
        },
      ]),
    async abort(session) {
      const request = { model: session.model, messages: ask(ASKED.longQuestion), stream: true } as const
      const stream = await completions(session).create(request)
      for await (const chunk of stream) if (chunk.choices.length > 0) break
    },
    refusal: (session) => failureOf(() => complete(session, ask(ASKED.question))),
    brokenStream: (session) =>
      failureOf(async () => {
        const request = { model: session.model, messages: ask(ASKED.longQuestion), stream: true } as const
        for await (const _ of await completions(session).create(request));
      }),
    close: () => Promise.resolve(),
  }
}

function said({ choices, usage }: OpenAI.ChatCompletion): Said {
  const [choice] = choices
  return { text: choice?.message.content ?? '', finish: choice?.finish_reason ?? '', ...tokens(usage) }
}

function tokens(usage: OpenAI.CompletionUsage | null | undefined) {
  return { inputTokens: usage?.prompt_tokens ?? 0, outputTokens: usage?.completion_tokens ?? 0 }
}
