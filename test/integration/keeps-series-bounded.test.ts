// What comes from outside makes no series: 100,000 requests with invented models, tags, headers and teams add none to
// those of the configured sets. Most of them are told to the listener directly; thousands come over HTTP.

import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AttemptRecord, RequestRecord } from '../../src/core/request-record.ts'
import { TIERS } from '../../src/core/tier.ts'
import { createTelemetryListener } from '../../src/telemetry/listener.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { chat } from '../support/nothing-lost.ts'
import { QUIET_PROBES } from '../unit/telemetry/quiet-probes.ts'

const TOLD = 98_000
const SENT = 2_000
const MAX_TEAMS = 50
const MODELS = ['openai/gpt-6-luna', 'deepseek/deepseek-flash']

function countSeries(text: string): number {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length
}

/** Numbers that are the same in every run. */
function createDice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

const OUTCOMES = [
  'success',
  'client_gone',
  'stream_interrupted',
  'upstream_error',
  'upstream_timeout',
] as const
const ATTEMPT_OUTCOMES = ['success', 'client_gone', 'timeout', 'overloaded', 'bad_request'] as const
const SOURCES = ['provider', 'drained', 'estimated', null] as const
const cost = { input: 1, cachedInput: 2, cacheWrite: 3, output: 4, total: 10 }
const usage = { freshInput: 5, cacheRead: 4, cacheWrite: 3, cacheWriteLong: 2, output: 9, reasoning: 1 }

interface Names {
  readonly provider: AttemptRecord['provider']
  readonly model: string
  readonly team: string | null
  readonly junk: string
}

function pick<Value>(list: readonly [Value, ...Value[]], place: number): Value {
  return list[place % list.length] ?? list[0]
}

function recordOf(turn: number, { provider, model, team, junk }: Names): RequestRecord {
  const attempt: AttemptRecord = {
    attemptId: `${junk}.1`,
    route: `${provider}/${model}@${junk}`,
    provider,
    model,
    effort: null,
    startedAtMs: 0,
    firstByteAtMs: 5,
    endedAtMs: 10,
    outcome: pick(ATTEMPT_OUTCOMES, turn),
    status: 200,
    reason: junk,
    usage,
    source: pick(SOURCES, turn),
    cost,
  }
  return {
    requestId: junk,
    keyId: junk,
    team,
    project: junk,
    tags: { [junk]: junk },
    startedAtMs: 0,
    endedAtMs: 20,
    requestedModel: junk,
    tier: pick(TIERS, turn),
    isStream: turn % 2 === 0,
    outcome: pick(OUTCOMES, turn),
    status: 200,
    baseline: 20,
    baselineModel: junk,
    overheadMs: 1,
    decision: junk,
    attempts: [attempt],
  }
}

/** Turns after which every outcome has met every tier, source and kind of answer. */
const ROUNDS = 20

it('the listener, told of 98,000 requests with invented names, adds no series', async () => {
  const dice = createDice(1)
  const metrics = createMetrics({
    models: new Set(MODELS),
    maxTeams: MAX_TEAMS,
    probes: QUIET_PROBES,
    planReason: () => 'cheapest',
  })
  const log = createLogger({ level: 'silent', destination: { write: () => undefined } })
  const listener = createTelemetryListener({ metrics, log, logsRequests: true })
  const series = async (): Promise<number> => countSeries((await metrics.render()).body)

  // The configured sets, and of everything else what stands for it: `other` and `none`.
  const teams = Array.from({ length: MAX_TEAMS + 1 }, (_, number) => `team-${number}`)
  const known = [
    { provider: 'openai', model: 'gpt-6-luna' },
    { provider: 'deepseek', model: 'deepseek-flash' },
    { provider: 'openai', model: 'invented' },
  ] as const
  for (const team of [...teams, null])
    for (const { provider, model } of known)
      for (let turn = 0; turn < ROUNDS; turn++)
        listener.finished(recordOf(turn, { provider, model, team, junk: 'known/known' }))
  const refusal = { requestId: 'r', kind: 'model_not_found', keyId: null, cause: null } as const
  for (const team of [...teams, null]) listener.refused({ ...refusal, team })

  const before = await series()
  for (let turn = 0; turn < TOLD; turn++) {
    const junk = `junk/${dice(2 ** 31)}`
    const team = dice(3) === 0 ? (teams[dice(MAX_TEAMS)] ?? null) : junk
    if (dice(4) === 0) listener.refused({ ...refusal, requestId: junk, keyId: junk, team, cause: junk })
    else listener.finished(recordOf(dice(ROUNDS), { provider: 'openai', model: junk, team, junk }))
  }
  const { body } = await metrics.render()
  expect(countSeries(body)).toBe(before)
  expect(body).not.toContain('junk')
  expect(before).toBeLessThan(8_000)
  await log.close()
  process.stdout.write(`series before ${before}, after ${TOLD} invented requests ${countSeries(body)}\n`)
})

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ env: { LOG_LEVEL: 'error' } })
})
afterAll(() => gateway?.close())

it('the gateway, sent 2,000 requests with invented names, adds no series', async () => {
  const dice = createDice(2)
  const keys = await Promise.all(['blue', 'green'].map((team) => gateway.createKey({ name: team, team })))
  const sendJunk = async (turn: number): Promise<void> => {
    const junk = `junk-${dice(2 ** 31)}`
    const key = keys[turn % keys.length] ?? ''
    // Most are refused: a name that nobody knows costs the provider nothing, and the test no time.
    const model = [junk, `openai/${junk}`, `${junk}/${junk}`, junk, 'openai/gpt-6-luna'][turn % 5] ?? junk
    const response = await fetch(`${gateway.url}/v1/${turn % 7 === 0 ? junk : 'chat/completions'}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${turn % 11 === 0 ? junk : key}`,
        'content-type': 'application/json',
        'user-agent': junk,
        'x-farthing-session': junk,
        'x-farthing-tags': `team=${junk},${junk}=${junk}`,
        [`x-${junk}`]: junk,
      },
      body: chat({ model, user: junk, metadata: { team: junk } }),
    })
    await response.arrayBuffer()
  }
  const send = async (from: number, to: number): Promise<void> => {
    const LANES = 20
    const lanes = Array.from({ length: LANES }, async (_, lane) => {
      for (let turn = from + lane; turn < to; turn += LANES) await sendJunk(turn)
    })
    await Promise.all(lanes)
  }
  // Every combination of the above once: with 2 keys, 5 models, 7 paths and 11 keys that is 770.
  const WARM = 770
  await send(0, WARM)
  await expect.poll(async () => gateway.held(), { timeout: 20_000 }).toBe(0)
  const before = countSeries(await metricsText())
  await send(WARM, SENT)
  await expect.poll(async () => gateway.held(), { timeout: 20_000 }).toBe(0)
  const after = await metricsText()
  expect(countSeries(after)).toBe(before)
  expect(after).not.toContain('junk')
  process.stdout.write(`series over HTTP before ${before}, after ${SENT} requests ${countSeries(after)}\n`)
}, 120_000)

async function metricsText(): Promise<string> {
  return (await fetch(`${gateway.url}/metrics`)).text()
}
