// The wires that vendors speak, behind one interface: Chat Completions (with four accents), OpenAI's Responses and
// Anthropic's Messages.

import type { ProviderId } from '../core/route.ts'
import type { Ask } from './ask.ts'
import { buildChatAnswer, buildChatFrames } from './chat-answer.ts'
import type { ChatProvider } from './chat-message.ts'
import { readChatRequest } from './chat-request.ts'
import type { Answer } from './compose-answer.ts'
import type { Frame } from './frame.ts'
import { type JsonObject, objectOf } from './json-value.ts'
import { buildMessagesAnswer, buildMessagesFrames } from './messages-answer.ts'
import { readMessagesRequest } from './messages-request.ts'
import { buildResponsesAnswer, buildResponsesFrames } from './responses-answer.ts'
import { readResponsesRequest } from './responses-request.ts'
import type { SimulatedModel, SimulatedUsage } from './simulated-model.ts'

export interface AnswerInput {
  readonly ask: Ask
  readonly answer: Answer
  /** Null: the provider reports none. */
  readonly usage: SimulatedUsage | null
}

export interface Wire {
  /** What the base URL has after the host, as the vendor's own SDK expects it. */
  readonly basePath: string
  readonly answerPath: string
  readonly modelsPath: string
  isAuthorized(headers: JsonObject, apiKey: string): boolean
  /** Throws Refusal. */
  readRequest(model: SimulatedModel, body: JsonObject): Ask
  buildWhole(input: AnswerInput): JsonObject
  buildFrames(input: AnswerInput): readonly Frame[]
  /** An error in the middle of a stream. */
  errorFrame(error: JsonObject): string
}

const BASE_PATHS: Record<ChatProvider, string> = {
  deepseek: '',
  alibaba: '/compatible-mode/v1',
  moonshot: '/v1',
  openai: '/v1',
}

/** The wires that a vendor speaks under one base URL. */
export function wiresOf(provider: ProviderId): readonly [Wire, ...Wire[]] {
  if (provider === 'anthropic') return [messagesWire()]
  if (provider === 'openai') return [chatWire(provider), responsesWire()]
  return provider === 'deepseek' ? [chatWire(provider), betaWire()] : [chatWire(provider)]
}

/** DeepSeek's path for what it has not settled on. */
function betaWire(): Wire {
  return {
    ...chatWire('deepseek'),
    answerPath: '/beta/chat/completions',
    readRequest: (model, body) => readChatRequest({ provider: 'deepseek', isBeta: true }, model, body),
  }
}

function responsesWire(): Wire {
  return {
    ...chatWire('openai'),
    answerPath: '/v1/responses',
    readRequest: readResponsesRequest,
    buildWhole: buildResponsesAnswer,
    buildFrames: buildResponsesFrames,
    errorFrame({ error }) {
      const event = { ...objectOf(error), type: 'error', sequence_number: 0 }
      return `event: error\ndata: ${JSON.stringify(event)}\n\n`
    },
  }
}

function chatWire(provider: ChatProvider): Wire {
  const basePath = BASE_PATHS[provider]
  return {
    basePath,
    answerPath: `${basePath}/chat/completions`,
    modelsPath: `${basePath}/models`,
    isAuthorized: (headers, apiKey) => headers['authorization'] === `Bearer ${apiKey}`,
    readRequest: (model, body) => readChatRequest({ provider, isBeta: false }, model, body),
    buildWhole: (input) => buildChatAnswer({ ...input, provider }),
    buildFrames: (input) => buildChatFrames({ ...input, provider }),
    errorFrame: (error) => `data: ${JSON.stringify(error)}\n\n`,
  }
}

function messagesWire(): Wire {
  return {
    basePath: '',
    answerPath: '/v1/messages',
    modelsPath: '/v1/models',
    isAuthorized: (headers, apiKey) => headers['x-api-key'] === apiKey,
    readRequest: readMessagesRequest,
    buildWhole: buildMessagesAnswer,
    buildFrames: buildMessagesFrames,
    errorFrame: (error) => `event: error\ndata: ${JSON.stringify(error)}\n\n`,
  }
}
