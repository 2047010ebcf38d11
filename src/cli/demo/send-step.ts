// Sends one request of the workload through the official client, as any application would.

import OpenAI from 'openai'
import type { ChatCompletionMessageParam } from 'openai/resources'
import type { Outcome, Step, StepBody } from './step.ts'

export async function sendStep(client: OpenAI, step: Step, body: StepBody): Promise<Outcome> {
  const options = step.headers === undefined ? {} : { headers: step.headers }
  try {
    return step.stream === undefined
      ? await sendWhole(client, body, options)
      : await sendStream(client, body, { ...options, kind: step.stream })
  } catch (error) {
    if (!(error instanceof OpenAI.APIError) || error.status === undefined) throw error
    return {
      requestId: error.requestID ?? '',
      status: error.status,
      code: error.code ?? null,
      message: null,
      toldCostUsd: null,
    }
  }
}

/** Characters after which an impatient client has read enough. */
const ABANDONED_LENGTH = 40

interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>
}

async function sendWhole(client: OpenAI, body: StepBody, options: SendOptions): Promise<Outcome> {
  const { data, request_id: requestId } = await client.chat.completions
    .create({ ...body, stream: false }, options)
    .withResponse()
  return {
    requestId: requestId ?? '',
    status: 200,
    code: null,
    message: data.choices[0]?.message ?? null,
    toldCostUsd: costOf(data.usage),
  }
}

async function sendStream(
  client: OpenAI,
  body: StepBody,
  { kind, ...options }: SendOptions & { readonly kind: Step['stream'] },
): Promise<Outcome> {
  const usage = kind === 'usage' ? { stream_options: { include_usage: true } } : {}
  const { data, request_id: requestId } = await client.chat.completions
    .create({ ...body, ...usage, stream: true }, options)
    .withResponse()
  let text = ''
  let toldCostUsd: number | null = null
  for await (const chunk of data) {
    text += chunk.choices[0]?.delta.content ?? ''
    toldCostUsd = costOf(chunk.usage) ?? toldCostUsd
    // Leaving the loop early closes the connection.
    if (kind === 'abandoned' && text.length > ABANDONED_LENGTH) break
  }
  const message: ChatCompletionMessageParam = { role: 'assistant', content: text }
  return { requestId: requestId ?? '', status: 200, code: null, message, toldCostUsd }
}

/** `usage.cost` is Farthing's own addition to OpenAI's usage. */
function costOf(usage: object | null | undefined): number | null {
  return usage && 'cost' in usage && typeof usage.cost === 'number' ? usage.cost : null
}
