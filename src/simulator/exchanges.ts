// One request at a simulated provider, from the check of its key to the line in the books.

import type { ServerResponse } from 'node:http'
import type { Clock } from '../core/clock.ts'
import type { ProviderId } from '../core/route.ts'
import type { BookKeeper, EntryEnd } from './books.ts'
import { type Answer, composeAnswer, endEarly } from './compose-answer.ts'
import { type Delivery, deliverStream, deliverWhole, type Latency } from './delivery.ts'
import type { Fault, FaultQueue } from './faults.ts'
import type { Frame } from './frame.ts'
import { type JsonObject, textOf } from './json-value.ts'
import type { PrefixCache, PromptCharge } from './prefix-cache.ts'
import { buildErrorAnswer, type Condition, Refusal } from './refusal.ts'
import type { ReceivedAbort, ReceivedRequest } from './request-log.ts'
import type { SimulatedModel, SimulatedUsage } from './simulated-model.ts'
import { buildVendorError } from './vendor-errors.ts'
import type { Wire } from './wire.ts'

export interface ExchangesOptions {
  readonly provider: ProviderId
  /** The first one has the base path and the key check of all. */
  readonly wires: readonly [Wire, ...Wire[]]
  readonly models: readonly SimulatedModel[]
  readonly apiKey: string
  readonly clock: Clock
  readonly keeper: BookKeeper
  readonly faults: FaultQueue
  readonly cache: PrefixCache
  readonly readReference: (body: JsonObject) => string | null
  readonly onAbort: (abort: ReceivedAbort) => void
}

export interface Exchanges {
  answer(request: ReceivedRequest, response: ServerResponse): Promise<void>
  setLatency(latency: Partial<Latency>): void
  readonly open: number
}

/** What comes before a whole answer, so that the connection is not taken for dead. */
const HELD_OPEN: Record<ProviderId, string> = {
  deepseek: '\n\n\n',
  alibaba: '',
  moonshot: '',
  openai: '',
  anthropic: '',
}

/** Faults that are an error answer in the vendor's own shape. */
const CONDITIONS: readonly string[] = [
  'bad_request',
  'bad_key',
  'model_missing',
  'context_too_long',
  'content_filter',
  'out_of_money',
  'rate_limited',
  'overloaded',
  'server_error',
] satisfies Condition[]

function isConditionFault(fault: Fault): fault is Fault & { kind: Condition } {
  return isCondition(fault.kind)
}

function isCondition(name: string): name is Condition {
  return CONDITIONS.includes(name)
}

export function createExchanges(options: ExchangesOptions): Exchanges {
  const { provider, wires, cache, faults } = options
  let latency: Latency = { firstByteMs: 0, chunkMs: 0 }
  let serial = 0
  let open = 0

  function refuse(response: ServerResponse, refusal: Refusal): void {
    const { status, headers, body } = buildErrorAnswer(provider, refusal.condition, refusal.details)
    sendJson(response, { status, headers: { ...requestIdHeader(provider, serial), ...headers }, body })
  }

  async function answerChat(wire: Wire, request: ReceivedRequest, response: ServerResponse): Promise<void> {
    const fault = faults.take(textOf(request.body['model']))
    if (fault !== undefined && answerFault(provider, fault, response)) return
    if (fault !== undefined && isConditionFault(fault)) return refuse(response, new Refusal(fault.kind))
    checkHeaders(request, options)
    const model = findModel(options.models, request.body)
    const read = wire.readRequest(model, request.body)
    const ask = fault?.kind === 'misfit' ? { ...read, format: 'json' as const } : read
    const charge = cache.charge(model, ask.prompt)
    checkLength(model, charge, ask.outputCap)
    const composed = composeAnswer(ask, {
      provider,
      serial,
      atMs: request.atMs,
      serviceTier: fault?.kind === 'service_tier' ? fault.tier : servedTier(provider, model, request.body),
    })
    const answer = fault?.kind === 'ends' ? endEarly(composed, fault.finish, fault.pieces) : composed
    const usage = fault?.kind === 'no_usage' ? null : usageAfter(charge, wholeFrame(answer))
    const delivery: Delivery = {
      response,
      headers: {
        ...requestIdHeader(provider, serial),
        ...(fault?.kind === 'headers' ? fault.headers : {}),
      },
      latency,
      fault,
      errorFrame: wire.errorFrame(eventError(provider, fault)),
      onEnd: createEnd(options, { model, charge, answer, request, isStream: ask.isStream }),
    }
    const input = { ask, answer, usage }
    if (ask.isStream && fault?.kind !== 'malformed_json')
      await deliverStream(delivery, wire.buildFrames(input))
    else
      await deliverWhole(
        delivery,
        HELD_OPEN[provider] + JSON.stringify(wire.buildWhole(input)),
        wholeFrame(answer),
      )
  }

  return {
    async answer(request, response) {
      serial++
      open++
      response.once('close', () => void open--)
      try {
        const wire = wires.find(({ answerPath }) => answerPath === request.path)
        if (request.method === 'GET' && request.path === wires[0].modelsPath) {
          checkHeaders(request, options)
          sendJson(response, { status: 200, headers: {}, body: buildModelList(provider, options.models) })
        } else if (request.method === 'POST' && wire !== undefined) {
          await answerChat(wire, request, response)
        } else {
          sendJson(response, {
            status: 404,
            headers: {},
            body: buildErrorAnswer(provider, 'bad_request', {
              message: `Unknown request URL: ${request.method} ${request.path}`,
            }).body,
          })
        }
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        refuse(response, error)
      }
    },
    setLatency(changes) {
      latency = { ...latency, ...changes }
    },
    get open() {
      return open
    },
  }
}

/** True when the fault is all the answer there is. */
function answerFault(provider: ProviderId, fault: Fault, response: ServerResponse): boolean {
  if (fault.kind === 'hang') return true
  if (fault.kind === 'status') {
    const { status, headers = {}, body = { error: { message: `status ${status}` } } } = fault
    sendJson(response, { status, headers, body })
    return true
  }
  if (fault.kind === 'reset') {
    response.socket?.resetAndDestroy()
    return true
  }
  if (fault.kind === 'vendor_error') {
    sendJson(response, buildVendorError(provider, fault.name))
    return true
  }
  if (fault.kind === 'empty_body') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 0 })
    response.end()
    return true
  }
  if (fault.kind === 'html_504') {
    response.writeHead(504, { 'content-type': 'text/html' })
    response.end('<html><head><title>504 Gateway Time-out</title></head><body>nginx</body></html>')
    return true
  }
  return false
}

function checkHeaders(request: ReceivedRequest, { provider, wires, apiKey }: ExchangesOptions): void {
  if (!wires[0].isAuthorized(request.headers, apiKey)) throw new Refusal('bad_key')
  const leaked = Object.keys(request.headers).find((name) => name.startsWith('x-farthing-'))
  if (leaked !== undefined)
    throw new Refusal('bad_request', { message: `a header of the gateway came upstream: ${leaked}` })
  if (provider === 'anthropic' && request.headers['anthropic-version'] !== '2023-06-01')
    throw new Refusal('bad_request', { message: 'anthropic-version: header is required' })
}

function findModel(models: readonly SimulatedModel[], body: JsonObject): SimulatedModel {
  if (typeof body['model'] !== 'string')
    throw new Refusal('bad_request', { message: 'you must provide a model parameter', param: 'model' })
  const model = models.find(({ id }) => id === body['model'])
  if (model === undefined) throw new Refusal('model_missing')
  return model
}

function checkLength(model: SimulatedModel, charge: PromptCharge, outputCap: number | null): void {
  const prompt = charge.input + charge.cachedInput + charge.cacheWrite + charge.cacheWriteLong
  if (prompt + Math.min(outputCap ?? 1, model.maxOutputTokens) > model.contextTokens)
    throw new Refusal('context_too_long')
}

function wholeFrame(answer: Answer): Frame {
  return { text: '', output: answer.outputTokens, reasoning: answer.reasoningTokens }
}

function usageAfter(charge: PromptCharge, made: Frame | null): SimulatedUsage {
  return { ...charge, output: made?.output ?? 0, reasoning: made?.reasoning ?? 0 }
}

/** What an error event in the middle of a stream says. */
function eventError(provider: ProviderId, fault: Fault | undefined): JsonObject {
  const name = fault?.kind === 'error_event_after_chunks' ? fault.name : undefined
  if (name === undefined) return buildErrorAnswer(provider, 'overloaded').body
  const answer = isCondition(name) ? buildErrorAnswer(provider, name) : buildVendorError(provider, name)
  return answer.body
}

/** As it is asked for, if the vendor sells such; OpenAI calls what is asked for as `fast` by its older name. */
function servedTier(
  provider: ProviderId,
  { id, sheets }: SimulatedModel,
  { service_tier: asked }: JsonObject,
): string | null {
  if (provider === 'anthropic') return 'standard'
  if (provider !== 'openai') return null
  const priced = sheets.flatMap(({ serviceTiers = {} }) => Object.keys(serviceTiers))
  const sold = ['auto', 'default', 'scale', ...priced.filter((name) => name !== 'batch')]
  if (asked != null && !sold.includes(textOf(asked)))
    throw new Refusal('bad_request', {
      message: `Unsupported service_tier: ${textOf(asked)} is not available for ${id}.`,
      param: 'service_tier',
    })
  if (asked === 'flex' || asked === 'priority') return asked
  return asked === 'fast' ? 'priority' : 'default'
}

interface Served {
  readonly model: SimulatedModel
  readonly charge: PromptCharge
  readonly answer: Answer
  readonly request: ReceivedRequest
  readonly isStream: boolean
}

function createEnd(
  { provider, clock, keeper, readReference, onAbort }: ExchangesOptions,
  served: Served,
): Delivery['onEnd'] {
  const { model, charge, answer, request, isStream } = served
  return (end: EntryEnd, last: Frame | null) => {
    // Alibaba finishes, and bills, what a client has walked away from; the others stop.
    const made = end === 'aborted' && provider === 'alibaba' ? wholeFrame(answer) : last
    const usage = usageAfter(charge, made)
    if (end === 'aborted') onAbort({ model: model.id, atMs: clock.now(), outputTokens: usage.output })
    const { id, serviceTier } = answer
    const reference = readReference(request.body)
    keeper.enter(model, { id, atMs: request.atMs, isStream, end, usage, serviceTier, reference })
  }
}

interface JsonAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

function sendJson(response: ServerResponse, { status, headers, body }: JsonAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

/** The header that carries the vendor's request id; Moonshot documents none. */
const REQUEST_ID_HEADERS: Record<ProviderId, string | null> = {
  deepseek: 'x-ds-trace-id',
  alibaba: 'x-request-id',
  moonshot: null,
  openai: 'x-request-id',
  anthropic: 'request-id',
}

function requestIdHeader(provider: ProviderId, serial: number): Readonly<Record<string, string>> {
  const name = REQUEST_ID_HEADERS[provider]
  return name === null ? {} : { [name]: `req-sim-${provider}-${serial}` }
}

function buildModelList(provider: ProviderId, models: readonly SimulatedModel[]): JsonObject {
  if (provider === 'anthropic') {
    const data = models.map(({ id }) => ({
      type: 'model',
      id,
      display_name: id,
      created_at: '2026-01-01T00:00:00Z',
    }))
    return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null }
  }
  const data = models.map(({ id }) => ({ id, object: 'model', created: 1_767_225_600, owned_by: provider }))
  return { object: 'list', data }
}
