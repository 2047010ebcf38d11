import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AttemptRecord, RequestRecord } from '../../../src/core/request-record.ts'
import { createTelemetryListener } from '../../../src/telemetry/listener.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts'
import { REDACTED_NAMES } from '../../../src/telemetry/redact.ts'
import { requestLogFields } from '../../../src/telemetry/request-log.ts'
import { QUIET_PROBES } from './quiet-probes.ts'
import { MODELS, randomRecord } from './random-record.ts'

function createCapture(level = 'info') {
  const lines: string[] = []
  const log = createLogger({ level, destination: { write: (line: string) => void lines.push(line) } })
  const entries = (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line))
  return { log, logger: log.logger, lines, entries }
}

function attempt(facts: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    attemptId: 'req_1.1',
    route: 'openai/large-2.1@high',
    provider: 'openai',
    model: 'large-2.1',
    effort: 'high',
    startedAtMs: 1_200,
    firstByteAtMs: 1_700,
    endedAtMs: 2_400,
    outcome: 'success',
    status: 200,
    reason: null,
    usage: { freshInput: 100, cacheRead: 20, cacheWrite: 3, cacheWriteLong: 4, output: 50, reasoning: 30 },
    source: 'provider',
    cost: { input: 1, cachedInput: 2, cacheWrite: 3, output: 4, total: 10 },
    ...facts,
  }
}

function record(facts: Partial<RequestRecord> = {}): RequestRecord {
  return {
    requestId: 'req_1',
    keyId: 'key_1',
    team: 'red',
    project: null,
    tags: {},
    startedAtMs: 1_000,
    endedAtMs: 2_500,
    requestedModel: 'gpt-4o',
    tier: 'standard',
    isStream: true,
    outcome: 'success',
    status: 200,
    attempts: [attempt()],
    baseline: 1_000_000_000_010,
    baselineModel: 'openai/gpt-4o',
    overheadMs: 0.214_567,
    decision: '{}',
    ...facts,
  }
}

function listen(
  logsRequests = true,
  metrics: Metrics = createMetrics({
    models: new Set(MODELS),
    probes: QUIET_PROBES,
    planReason: () => 'cheapest',
  }),
) {
  const capture = createCapture()
  return {
    ...capture,
    metrics,
    listener: createTelemetryListener({ metrics, log: capture.log, logsRequests }),
  }
}

function sources(...list: AttemptRecord['source'][]): unknown {
  return requestLogFields(record({ attempts: list.map((source) => attempt({ source })) }))['source']
}

describe('what must not be logged is not', () => {
  const spellings = [
    'authorization',
    'Authorization',
    'x-api-key',
    'X-Api-Key',
    'cookie',
    'set-cookie',
    'apiKey',
    'api_key',
    'key',
    'prompt',
    'messages',
    'content',
    'admin_key',
    'password',
    'reasoning_content',
    'body',
  ]

  test.each(spellings)('%s, wherever it stands', (name) => {
    const { logger, lines } = createCapture()
    logger.info({ [name]: 'hunter2' }, 'flat')
    logger.info({ req: { headers: { [name]: 'hunter2' } } }, 'nested')
    logger.info({ list: [{ a: { b: { [name]: ['hunter2'] } } }] }, 'in a list')
    logger.child({ [name]: 'hunter2' }).info('bound')
    logger
      .child({ a: 1 })
      .child({ [name]: 'hunter2' })
      .info('bound twice')
    logger.error({
      err: Object.assign(new Error('failed', { cause: { [name]: 'hunter2' } }), {
        config: { [name]: 'hunter2' },
      }),
    })
    expect(lines).toHaveLength(6)
    expect(lines.join('')).not.toContain('hunter2')
    expect(lines.slice(0, 5).every((line) => line.includes('[redacted]'))).toBe(true)
  })

  test('any depth, any shape: no value under such a name is seen', () => {
    const name = fc.constantFrom(...REDACTED_NAMES)
    const holder = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 6 },
        name.map((each) => ({ [each]: 'hunter2' })),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('node'), { maxKeys: 3 }),
      ),
    })).node
    fc.assert(
      fc.property(holder, (node) => {
        const { logger, lines } = createCapture()
        logger.info({ node }, 'any')
        expect(lines.join('')).not.toContain('hunter2')
      }),
      { numRuns: 300 },
    )
  })

  test('raw bytes and foreign objects are named, not printed; the object that was logged is unchanged', () => {
    const { logger, entries } = createCapture()
    const fields = {
      bytes: Buffer.from('hunter2'),
      map: new Map([['key', 'hunter2']]),
      inner: { key: 'hunter2' },
    }
    logger.info(fields, 'odd')
    expect(entries()[0]).toMatchObject({ bytes: '[7 bytes]', map: '[object]', inner: { key: '[redacted]' } })
    expect(fields.inner.key).toBe('hunter2')
  })

  test('a circle does not hang it', () => {
    const { logger, lines } = createCapture()
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    logger.info({ circle }, 'round')
    expect(lines[0]).toContain('[too deep]')
  })
})

describe('a finished request', () => {
  test('is one line of facts', () => {
    const { listener, entries } = listen()
    listener.finished(record())
    expect(entries()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        msg: 'request finished',
        request_id: 'req_1',
        key_id: 'key_1',
        team: 'red',
        project: null,
        requested_model: 'gpt-4o',
        tier: 'standard',
        route: 'openai/large-2.1@high',
        stream: true,
        attempts: 1,
        outcome: 'success',
        status: 200,
        duration_ms: 1500,
        ttft_ms: 700,
        overhead_ms: 0.215,
        tokens: { input: 100, cached_input: 20, cache_write: 7, output: 20, reasoning: 30 },
        cost_usd: 1e-11,
        saved_usd: 1,
        source: 'provider',
      },
    ])
  })

  test('without an attempt, nothing is invented', () => {
    const fields = requestLogFields(
      record({ attempts: [], baseline: 0, outcome: 'client_gone', status: 499 }),
    )
    expect(fields).toMatchObject({ route: null, ttft_ms: null, source: null, cost_usd: 0, attempts: 0 })
  })

  test('the least certain source of its attempts counts', () => {
    expect(sources('provider', null)).toBe('provider')
    expect(sources('drained', 'provider')).toBe('drained')
    expect(sources('provider', 'estimated', 'drained')).toBe('estimated')
    expect(sources(null)).toBe(null)
  })

  test('a failed attempt has its own line; what the provider said only where it cannot quote the request', () => {
    const { listener, entries } = listen()
    const said = 'Incorrect API key sk-hunter2, or: your prompt "hunter2"'
    const outcomes = [
      'unauthorized',
      'bad_request',
      'content_filter',
      'context_too_long',
      'malformed',
      'overloaded',
    ] as const
    const failed = outcomes.map((outcome) =>
      attempt({ outcome, reason: outcome === 'overloaded' ? 'try later' : said }),
    )
    listener.finished(record({ attempts: [...failed, attempt()] }))
    const lines = entries()
    expect(lines.map(({ msg }) => msg)).toEqual([...outcomes.map(() => 'attempt failed'), 'request finished'])
    expect(JSON.stringify(lines)).not.toContain('hunter2')
    expect(lines[5]).toMatchObject({
      outcome: 'overloaded',
      reason: 'try later',
      attempt_id: 'req_1.1',
      duration_ms: 1200,
    })
  })

  test('no line per request where the log is off; failures still show', () => {
    const { listener, entries } = listen(false)
    listener.finished(record({ attempts: [attempt({ outcome: 'timeout' }), attempt()] }))
    listener.refused({
      requestId: 'req_2',
      kind: 'model_not_found',
      keyId: null,
      team: null,
      cause: undefined,
    })
    listener.refused({
      requestId: 'req_3',
      kind: 'internal_error',
      keyId: null,
      team: null,
      cause: new Error('bug'),
    })
    listener.notBooked(record(), new Error('disk full'))
    expect(entries().map(({ level, msg }) => `${String(level)} ${String(msg)}`)).toEqual([
      'warn attempt failed',
      'error request failed',
      'error request not booked',
    ])
    expect(entries()[2]).toMatchObject({ cost_usd: 1e-11, err: { message: 'disk full' } })
  })

  test('the level tells how bad it was', () => {
    const { listener, entries } = listen()
    for (const outcome of ['success', 'client_gone', 'upstream_error', 'internal_error'] as const) {
      listener.finished(record({ outcome }))
    }
    expect(entries().map(({ level }) => level)).toEqual(['info', 'info', 'warn', 'error'])
  })

  test('any record makes a line, and is counted', async () => {
    const { listener, lines, metrics } = listen()
    for (const each of fc.sample(randomRecord, 500)) listener.finished(each)
    expect(lines.filter((line) => line.includes('"request finished"'))).toHaveLength(500)
    expect((await metrics.render()).body).toContain('farthing_request_duration_seconds_count 500')
  })

  test('telemetry that breaks does not reach the request', () => {
    const broken: Metrics = {
      ...createMetrics({ models: new Set(MODELS), probes: QUIET_PROBES, planReason: () => 'cheapest' }),
      recordRequest: () => {
        throw new Error('broken')
      },
    }
    const { listener, entries } = listen(true, broken)
    expect(() => listener.finished(record())).not.toThrow()
    expect(entries()[0]).toMatchObject({ msg: 'telemetry failed', err: { message: 'broken' } })
  })
})

/** Of what the logger writes by itself, or in a way of its own; an object has whole numbers first. */
const OWN_NAMES = ['level', 'time', 'msg', 'err', 'error', 'toJSON', '__proto__']

/** Runs 1,000 lines through the real output of a process of its own, and reads what came. */
function run(ending: string): unknown[] {
  const module = new URL('../../../src/telemetry/logger.ts', import.meta.url).href
  const script = `
    import { createLogger } from ${JSON.stringify(module)}
    const { logger, close } = createLogger({ level: 'info' })
    for (let line = 0; line < 1000; line++) logger.info({ line }, 'x')
    ${ending}`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  return stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
}

const timeless = (line: string | undefined): string | undefined =>
  line?.replace(/"time":"[^"]*"/, '"time":""')

describe('a line made in one go', () => {
  test('is the one that the logger would write', () => {
    const { log, logger, lines } = createCapture()
    const name = fc.string().filter((text) => !OWN_NAMES.includes(text) && !/^\d+$/.test(text))
    const plain = fc.oneof(fc.string(), fc.double(), fc.integer(), fc.boolean(), fc.constant(null))
    const plainFields = fc.dictionary(name, fc.oneof(plain, fc.dictionary(name, plain)))
    fc.assert(
      fc.property(plainFields, fc.string(), (fields, text) => {
        log.line('warn', fields, text)
        logger.warn(fields, text)
        const [one, other] = lines.splice(0)
        expect(timeless(one)).toBe(timeless(other))
      }),
    )
    log.line('info', requestLogFields(record()), 'request finished')
    logger.info(requestLogFields(record()), 'request finished')
    expect(timeless(lines[0])).toBe(timeless(lines[1]))
    expect(lines[0]).toMatch(
      /^\{"level":"info","time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","request_id":/,
    )
  })

  test('is hidden as far, and not written below the level', () => {
    const { log, lines } = createCapture('warn')
    log.line('info', { a: 1 }, 'quiet')
    log.line('error', { headers: { authorization: 'hunter2' }, prompt: 'hunter2' }, 'told')
    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toContain('hunter2')
  })
})

describe('the batched output', () => {
  test('is complete after close', () => {
    const lines = run('await close(); process.kill(process.pid, "SIGKILL")')
    expect(lines).toHaveLength(1000)
    expect(lines.at(-1)).toMatchObject({ line: 999 })
  })

  test('is complete after an exit without close', () => {
    expect(run('process.exit(0)')).toHaveLength(1000)
  })

  test('shows a lone line soon', () => {
    const lines = run('setTimeout(() => process.kill(process.pid, "SIGKILL"), 1500)')
    expect(lines).toHaveLength(1000)
  })
})
