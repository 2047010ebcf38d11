// LangChain's client for OpenAI's API.

import {
  AIMessage,
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  ToolMessage,
} from '@langchain/core/messages'
import { ChatOpenAI } from '@langchain/openai'
import { ASKED } from './asked.ts'
import { type ConformanceClient, failureOf, type Said, type Session, type ToolRun } from './client.ts'
import { versionOf } from './package-version.ts'

type Fetch = typeof globalThis.fetch

const TOOL = { type: 'function' as const, function: { name: 'get_weather', parameters: ASKED.citySchema } }

export function createLangchain(fetch: Fetch): ConformanceClient {
  const chatModel = ({ baseUrl, apiKey, model, headers }: Session): ChatOpenAI =>
    new ChatOpenAI({
      model,
      apiKey,
      maxRetries: 0,
      useResponsesApi: false,
      configuration: { baseURL: baseUrl, fetch, defaultHeaders: headers ?? {} },
    })

  const toolRun = async (session: Session, isStream: boolean): Promise<ToolRun> => {
    const bound = chatModel(session).bindTools([TOOL])
    const messages: BaseMessage[] = [new HumanMessage(ASKED.toolQuestion)]
    const calls: { name: string; arguments: unknown }[] = []
    for (let turn = 0; turn < 4; turn++) {
      const message = isStream ? await wholeOf(await bound.stream(messages)) : await bound.invoke(messages)
      messages.push(message)
      const toolCalls = message.tool_calls ?? []
      if (toolCalls.length === 0) return { calls, text: message.text }
      for (const { id, name, args } of toolCalls) {
        calls.push({ name, arguments: args })
        messages.push(new ToolMessage({ tool_call_id: id ?? '', content: ASKED.toolResult }))
      }
    }
    throw new Error('it calls tools and never answers')
  }

  return {
    name: '@langchain/openai',
    version: versionOf('@langchain/openai'),
    errorNames: {},
    chat: async (session) => said(await chatModel(session).invoke(ASKED.question)),
    async stream(session) {
      let pieces = 0
      let whole: AIMessageChunk | undefined
      for await (const chunk of await chatModel(session).stream(ASKED.question)) {
        if (chunk.text !== '') pieces++
        whole = whole === undefined ? chunk : whole.concat(chunk)
      }
      if (whole === undefined) throw new Error('an empty stream')
      return { pieces, ...said(whole) }
    },
    tools: toolRun,
    structured: (session) =>
      chatModel(session)
        .withStructuredOutput(ASKED.tripSchema, { name: 'trip', method: 'jsonSchema', strict: true })
        .invoke(ASKED.jsonQuestion),
    vision: async (session) =>
      said(
        await chatModel(session).invoke([
          new HumanMessage({
            content: [
              { type: 'text', text: 'What is in this image?' },
              { type: 'image_url', image_url: { url: `data:image/png;base64,${ASKED.image}` } },
            ],
          }),
        ]),
      ),
    async abort(session) {
      const controller = new AbortController()
      const stream = await chatModel(session).stream(ASKED.longQuestion, { signal: controller.signal })
      for await (const _ of stream) break
      controller.abort()
    },
    refusal: (session) => failureOf(() => chatModel(session).invoke(ASKED.question)),
    brokenStream: (session) =>
      failureOf(async () => {
        for await (const _ of await chatModel(session).stream(ASKED.longQuestion));
      }),
    close: () => Promise.resolve(),
  }
}

async function wholeOf(stream: AsyncIterable<AIMessageChunk>): Promise<AIMessage> {
  let whole: AIMessageChunk | undefined
  for await (const chunk of stream) whole = whole === undefined ? chunk : whole.concat(chunk)
  if (whole === undefined) throw new Error('an empty stream')
  return new AIMessage({ content: whole.content, tool_calls: whole.tool_calls ?? [] })
}

function said(message: AIMessage | AIMessageChunk): Said {
  const finish: unknown = message.response_metadata['finish_reason']
  return {
    text: message.text,
    finish: typeof finish === 'string' ? finish : '',
    inputTokens: tokens(message, 'input_tokens'),
    outputTokens: tokens(message, 'output_tokens'),
  }
}

function tokens(message: object, name: string): number {
  const usage: unknown = Reflect.get(message, 'usage_metadata')
  const count: unknown = typeof usage === 'object' && usage !== null ? Reflect.get(usage, name) : 0
  return typeof count === 'number' ? count : 0
}
