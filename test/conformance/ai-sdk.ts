// Vercel's AI SDK with its provider for OpenAI-compatible servers.

import { createOpenAICompatible, VERSION } from '@ai-sdk/openai-compatible'
import { generateText, isStepCount, jsonSchema, Output, streamText, tool } from 'ai'
import { ASKED } from './asked.ts'
import { type ConformanceClient, failureOf, type Session } from './client.ts'
import { versionOf } from './package-version.ts'

type Fetch = typeof globalThis.fetch

interface Ended {
  readonly text: string
  readonly finishReason: string
  readonly usage: { readonly inputTokens: number | undefined; readonly outputTokens: number | undefined }
}

const tools = {
  get_weather: tool({
    inputSchema: jsonSchema<{ city: string }>(ASKED.citySchema),
    execute: () => Promise.resolve(ASKED.toolResult),
  }),
}
/** It is told of by the promises. */
const onError = (): void => undefined

export function createAiSdk(fetch: Fetch): ConformanceClient {
  const settings = ({ baseUrl, apiKey, model, headers }: Session) => ({
    model: createOpenAICompatible({
      name: 'farthing',
      baseURL: baseUrl,
      apiKey,
      headers: headers ?? {},
      includeUsage: true,
      supportsStructuredOutputs: true,
      fetch,
    })(model),
    maxRetries: 0,
  })
  return {
    name: 'ai + @ai-sdk/openai-compatible',
    version: `${versionOf('ai')} + ${VERSION}`,
    errorNames: {},
    chat: async (session) => said(await generateText({ ...settings(session), prompt: ASKED.question })),
    async stream(session) {
      const result = streamText({ ...settings(session), prompt: ASKED.question, onError })
      let pieces = 0
      for await (const piece of result.textStream) if (piece !== '') pieces++
      const [text, finishReason, usage] = await Promise.all([result.text, result.finishReason, result.usage])
      return { pieces, ...said({ text, finishReason, usage }) }
    },
    async tools(session, isStream) {
      const options = { ...settings(session), prompt: ASKED.toolQuestion, tools, stopWhen: isStepCount(4) }
      const result = isStream ? streamText({ ...options, onError }) : await generateText(options)
      const [steps, text] = await Promise.all([result.steps, result.text])
      const calls = steps.flatMap((step) => step.toolCalls)
      return { calls: calls.map(({ toolName, input }) => ({ name: toolName, arguments: input })), text }
    },
    async structured(session) {
      const { output } = await generateText({
        ...settings(session),
        prompt: ASKED.jsonQuestion,
        output: Output.object({ schema: jsonSchema(ASKED.tripSchema) }),
      })
      return output
    },
    vision: async (session) =>
      said(
        await generateText({
          ...settings(session),
          messages: [
            {
              role: 'user',
              content: [
                { type: 'text', text: 'What is in this image?' },
                { type: 'file', data: ASKED.image, mediaType: 'image/png' },
              ],
            },
          ],
        }),
      ),
    async abort(session) {
      const controller = new AbortController()
      const result = streamText({
        ...settings(session),
        prompt: ASKED.longQuestion,
        onError,
        abortSignal: controller.signal,
      })
      for await (const part of result.stream)
        if (part.type === 'text-delta' || part.type === 'reasoning-delta') controller.abort()
    },
    refusal: (session) => failureOf(() => generateText({ ...settings(session), prompt: ASKED.question })),
    brokenStream: (session) =>
      failureOf(async () => {
        const result = streamText({ ...settings(session), prompt: ASKED.longQuestion, onError })
        for await (const part of result.stream) if (part.type === 'error') throw asError(part.error)
      }),
    close: () => Promise.resolve(),
  }
}

function said({ text, finishReason, usage }: Ended) {
  return {
    text,
    finish: finishReason,
    inputTokens: usage.inputTokens ?? 0,
    outputTokens: usage.outputTokens ?? 0,
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(JSON.stringify(error))
}
