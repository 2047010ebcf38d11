import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatUsd, picoFromUsd } from '../../../src/core/money.ts'
import { type RequestRecord, requestCost } from '../../../src/core/request-record.ts'
import { createMetrics, type Metrics, type MetricsOptions } from '../../../src/telemetry/metrics.ts'
import { promtool } from '../../support/prometheus.ts'
import { type Family, identify, parseExposition, type Sample } from './exposition.ts'
import { QUIET_PROBES } from './quiet-probes.ts'
import { MODELS, randomRecord } from './random-record.ts'

function create(options: Partial<MetricsOptions> = {}): Metrics {
  return createMetrics({
    models: new Set(MODELS),
    probes: QUIET_PROBES,
    planReason: () => 'cheapest',
    ...options,
  })
}

async function scrape(metrics: Metrics): Promise<ReadonlyMap<string, Family>> {
  return parseExposition((await metrics.render()).body)
}

/** Sums by label set, written down the plain way. */
class Sums {
  readonly rows = new Map<string, bigint>()
  add(labels: Record<string, string>, amount: number): void {
    const key = identify(labels)
    this.rows.set(key, (this.rows.get(key) ?? 0n) + BigInt(amount))
  }
}

function labelsOf(attempt: { provider: string; model: string }) {
  const isKnown = MODELS.includes(`${attempt.provider}/${attempt.model}`)
  return isKnown
    ? { provider: attempt.provider, model: attempt.model }
    : { provider: 'other', model: 'other' }
}

function oracle(records: readonly RequestRecord[]) {
  const sums = {
    requests: new Sums(),
    attempts: new Sums(),
    spend: new Sums(),
    baseline: new Sums(),
    tokens: new Sums(),
  }
  for (const record of records) {
    const who = { tier: record.tier, team: record.team ?? 'none' }
    const last = record.attempts.at(-1)
    const answered = last === undefined ? { provider: 'none', model: 'none' } : labelsOf(last)
    sums.requests.add({ ...answered, ...who, outcome: record.outcome }, 1)
    const billed = record.attempts.findLast((attempt) => attempt.source !== null)
    for (const attempt of record.attempts) {
      const model = labelsOf(attempt)
      sums.attempts.add({ ...model, outcome: attempt.outcome }, 1)
      if (attempt.source === null) continue
      sums.spend.add({ ...model, ...who, source: attempt.source }, attempt.cost.total)
      sums.baseline.add({ ...model, ...who }, attempt === billed ? record.baseline : 0)
      const add = (type: string, count: number) => sums.tokens.add({ ...model, team: who.team, type }, count)
      add('input', attempt.usage.freshInput)
      add('cached_input', attempt.usage.cacheRead)
      add('cache_write', attempt.usage.cacheWrite + attempt.usage.cacheWriteLong)
      add('output', attempt.usage.output - attempt.usage.reasoning)
      add('reasoning', attempt.usage.reasoning)
    }
  }
  return sums
}

function billedBaseline({ attempts, baseline }: RequestRecord): bigint {
  return attempts.some(({ source }) => source !== null) ? BigInt(baseline) : 0n
}

function rowsOf(family: Family | undefined, read: (sample: Sample) => bigint): Map<string, bigint> {
  return new Map(family?.samples.map((sample) => [identify(sample.labels), read(sample)]))
}

const whole = ({ value }: Sample): bigint => BigInt(value)
/** toFixed prints the exact value of the double, so below 8,192 USD this is the picodollar it stands for. */
const pico = ({ value }: Sample): bigint => picoFromUsd(value.toFixed(12))

/** What a scrape says, and what the plain sums are. */
async function compare(records: readonly RequestRecord[]) {
  const metrics = create()
  for (const record of records) metrics.recordRequest(record)
  await scrape(metrics)
  const families = await scrape(metrics)
  const expected = oracle(records)
  return {
    scraped: {
      requests: rowsOf(families.get('farthing_requests_total'), whole),
      attempts: rowsOf(families.get('farthing_attempts_total'), whole),
      tokens: rowsOf(families.get('farthing_tokens_total'), whole),
      spend: rowsOf(families.get('farthing_spend_usd_total'), pico),
      baseline: rowsOf(families.get('farthing_baseline_usd_total'), pico),
    },
    plain: {
      requests: expected.requests.rows,
      attempts: expected.attempts.rows,
      tokens: expected.tokens.rows,
      spend: expected.spend.rows,
      baseline: expected.baseline.rows,
    },
  }
}

describe('sums are exact', () => {
  test('whatever is recorded', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(randomRecord, { maxLength: 60 }), async (records) => {
        const { scraped, plain } = await compare(records)
        expect(scraped).toEqual(plain)
      }),
      { numRuns: 60 },
    )
  })

  test('after 10,000 random requests, to the picodollar', async () => {
    const { scraped, plain } = await compare(fc.sample(randomRecord, 10_000))
    expect(plain.spend.size).toBeGreaterThan(300)
    expect(scraped).toEqual(plain)
  })

  test('where a float sum drifts', async () => {
    const metrics = create()
    const [record] = fc.sample(
      randomRecord.filter((each) => each.attempts[0]?.source === 'provider' && each.attempts.length === 1),
      1,
    )
    const [attempt] = record?.attempts ?? []
    if (record === undefined || attempt === undefined) throw new Error('no record was drawn')
    let floatSum = 0
    for (let count = 0; count < 30_000; count++) {
      const total = 100_000_000_001 + count
      floatSum += total / 1e12
      metrics.recordRequest({ ...record, attempts: [{ ...attempt, cost: { ...attempt.cost, total } }] })
    }
    const exact = 30_000n * 100_000_000_001n + (29_999n * 30_000n) / 2n
    const families = await scrape(metrics)
    expect(families.get('farthing_spend_usd_total')?.samples.map(pico)).toEqual([exact])
    expect(floatSum).not.toBe(Number(formatUsd(exact)))
  })

  test('sums beyond what a double holds exactly are rounded once', async () => {
    const metrics = create()
    const [record] = fc.sample(
      randomRecord.filter((each) => each.attempts[0]?.source === 'provider' && each.attempts.length === 1),
      1,
    )
    const [attempt] = record?.attempts ?? []
    if (record === undefined || attempt === undefined) throw new Error('no record was drawn')
    const total = Number.MAX_SAFE_INTEGER
    for (let count = 0; count < 1000; count++) {
      metrics.recordRequest({ ...record, attempts: [{ ...attempt, cost: { ...attempt.cost, total } }] })
    }
    const [sample] = (await scrape(metrics)).get('farthing_spend_usd_total')?.samples ?? []
    expect(sample?.value).toBe(Number('9007199.254740991'))
  })
})

describe('the number of series is bounded', () => {
  test('names from outside the closed sets become `other`', async () => {
    const metrics = create({ maxTeams: 2 })
    const junk = fc.record({ record: randomRecord, team: fc.string(), model: fc.string() })
    for (const { record, team, model } of fc.sample(junk, 3000)) {
      const attempts = record.attempts.map((attempt) => ({ ...attempt, model }))
      metrics.recordRequest({ ...record, team, attempts })
      metrics.recordRefusal('model_not_found', team)
    }
    const families = await scrape(metrics)
    const values = (label: string) =>
      new Set([...families.values()].flatMap(({ samples }) => samples.map(({ labels }) => labels[label])))
    expect(values('team').size).toBeLessThanOrEqual(4 + 1)
    expect(values('team')).toContain('other')
    for (const { samples } of families.values()) {
      for (const { labels } of samples) {
        if (labels['model'] === undefined || labels['model'] === 'none') continue
        const id = `${labels['provider']}/${labels['model']}`
        expect([...MODELS, 'other/other']).toContain(id)
      }
    }
    const total = [...families.values()].reduce((sum, { samples }) => sum + samples.length, 0)
    expect(total).toBeLessThan(1000)
  })
})

describe('what a scrape shows besides', () => {
  test('requests in flight, refusals, gauges and circuits', async () => {
    const metrics = create({
      probes: {
        ...QUIET_PROBES,
        openModels: () => ['openai/small', 'gone/model'],
        isStoreUp: () => false,
        spoolPending: () => 7,
        catalogAgeSeconds: () => 86_400.5,
      },
    })
    for (const end of [true, false, false]) {
      metrics.requestStarted()
      if (end) metrics.requestEnded()
    }
    metrics.recordRefusal('invalid_api_key', null)
    metrics.recordRefusal('insufficient_quota', 'red')
    metrics.recordRefusal('insufficient_quota', 'red')
    const families = await scrape(metrics)
    const value = (name: string) => families.get(name)?.samples[0]?.value
    expect(value('farthing_in_flight_requests')).toBe(2)
    expect(value('farthing_store_up')).toBe(0)
    expect(value('farthing_spool_pending')).toBe(7)
    expect(value('farthing_catalog_age_seconds')).toBe(86_400.5)
    const circuits = families.get('farthing_circuit_open')?.samples ?? []
    expect(circuits).toHaveLength(MODELS.length)
    expect(circuits.filter((circuit) => circuit.value === 1).map(({ labels }) => labels)).toEqual([
      { provider: 'openai', model: 'small' },
    ])
    expect(families.get('farthing_requests_total')?.samples).toEqual([
      expect.objectContaining({
        value: 1,
        labels: { provider: 'none', model: 'none', tier: 'none', team: 'none', outcome: 'invalid_api_key' },
      }),
      expect.objectContaining({
        value: 2,
        labels: { provider: 'none', model: 'none', tier: 'none', team: 'red', outcome: 'insufficient_quota' },
      }),
    ])
  })

  test('what a late end replaced is counted, exactly, to be subtracted', async () => {
    const metrics = create()
    const [estimate, real] = fc.sample(randomRecord, { numRuns: 2, seed: 7 })
    if (estimate === undefined || real === undefined) throw new Error('no record was drawn')
    metrics.recordRequest({ ...estimate, outcome: 'expired' })
    metrics.recordRequest(real)
    const estimateReplaced = { cost: requestCost(estimate), baseline: estimate.baseline }
    metrics.recordCorrection({ ...real, estimateReplaced })
    const families = await scrape(metrics)
    const sum = (name: string, read = pico): bigint =>
      [...rowsOf(families.get(name), read).values()].reduce((total, amount) => total + amount, 0n)
    expect(sum('farthing_requests_total', whole) - sum('farthing_estimates_replaced_total', whole)).toBe(1n)
    expect(sum('farthing_spend_usd_total') - sum('farthing_estimates_replaced_usd_total')).toBe(
      BigInt(requestCost(real)),
    )
    expect(sum('farthing_baseline_usd_total') - sum('farthing_estimates_replaced_baseline_usd_total')).toBe(
      billedBaseline(estimate) + billedBaseline(real) - BigInt(estimate.baseline),
    )
  })

  test('choices tell pins and fallbacks from what the plan says, one per request that was sent', async () => {
    const metrics = create({ planReason: (decision) => (decision === 'one' ? 'only_eligible' : 'cheapest') })
    const base = fc.sample(
      randomRecord.filter(({ attempts }) => attempts.length === 1),
      1,
    )[0]
    const only = base?.attempts[0]
    if (base === undefined || only === undefined) throw new Error('no record was drawn')
    const attempt = { ...only, provider: 'openai', model: 'small', route: 'openai/small@high' } as const
    const other = { ...attempt, model: 'large-2.1', route: 'openai/large-2.1' } as const
    const gone = { ...attempt, model: 'gone', route: 'openai/gone' } as const
    metrics.recordRequest({ ...base, attempts: [attempt] })
    metrics.recordRequest({ ...base, attempts: [attempt], decision: 'one' })
    metrics.recordRequest({ ...base, attempts: [attempt], requestedModel: 'openai/small' })
    metrics.recordRequest({ ...base, attempts: [attempt, other], requestedModel: 'openai/small' })
    // The same route again is no fallback.
    metrics.recordRequest({ ...base, attempts: [attempt, attempt] })
    metrics.recordRequest({ ...base, attempts: [gone] })
    metrics.recordRequest({ ...base, attempts: [] })
    const of = { provider: 'openai', model: 'small' }
    expect(rowsOf((await scrape(metrics)).get('farthing_choices_total'), whole)).toEqual(
      new Map([
        [identify({ ...of, reason: 'cheapest' }), 2n],
        [identify({ ...of, reason: 'only_eligible' }), 1n],
        [identify({ ...of, reason: 'pinned' }), 1n],
        [identify({ ...of, model: 'large-2.1', reason: 'fallback' }), 1n],
        [identify({ provider: 'other', model: 'other', reason: 'cheapest' }), 1n],
      ]),
    )
  })

  test('holds are unknown while the store is, and what could not be booked is a difference', async () => {
    let held: { count: number; amount: bigint } | null = { count: 3, amount: 1_500_000_000_000n }
    let asked = 0
    const metrics = create({
      probes: { ...QUIET_PROBES, held: async () => (asked++, held) },
    })
    const value = async (name: string) => (await scrape(metrics)).get(name)?.samples[0]?.value
    expect(await value('farthing_held_usd')).toBe(1.5)
    expect(asked).toBe(1)
    expect(await value('farthing_holds')).toBe(3)
    held = null
    expect(await value('farthing_holds')).toBeUndefined()
    expect(await value('farthing_held_usd')).toBeUndefined()
    expect(await value('farthing_reconcile_difference_usd')).toBe(0)
    const records = fc.sample(randomRecord, 20)
    for (const record of records) metrics.recordNotBooked(record)
    const lost = records.reduce((sum, record) => sum + requestCost(record), 0)
    expect(await value('farthing_reconcile_difference_usd')).toBeCloseTo(lost / 1e12, 9)
  })

  test('the catalogue: prices now, windows, retirement, providers that are on', async () => {
    const price = { input: 150_000, cachedInput: 3_000, cacheWrite: 150_000, output: 600_000 }
    const small = { provider: 'openai', model: 'small' }
    const large = { provider: 'openai', model: 'large-2.1' }
    const metrics = create({
      probes: {
        ...QUIET_PROBES,
        offers: () => [
          { ...small, price, isWindowOpen: true, retiresAtMs: null },
          { ...large, price: null, isWindowOpen: null, retiresAtMs: 1_800_000_000_000 },
        ],
        providers: () => [
          ['openai', true],
          ['deepseek', false],
        ],
      },
    })
    const families = await scrape(metrics)
    const rows = (name: string) => families.get(name)?.samples.map(({ labels, value }) => [labels, value])
    expect(rows('farthing_model_priced')).toEqual([
      [small, 1],
      [large, 0],
    ])
    expect(rows('farthing_model_retires_timestamp_seconds')).toEqual([[large, 1_800_000_000]])
    expect(rows('farthing_price_window_open')).toEqual([[small, 1]])
    expect(rows('farthing_price_usd_per_token')).toEqual([
      [{ ...small, type: 'input' }, 150e-9],
      [{ ...small, type: 'cached_input' }, 3e-9],
      [{ ...small, type: 'cache_write' }, 150e-9],
      [{ ...small, type: 'output' }, 600e-9],
    ])
    expect(rows('farthing_provider_on')).toEqual([
      [{ provider: 'openai' }, 1],
      [{ provider: 'deepseek' }, 0],
    ])
  })

  test('durations are observed in seconds, first tokens of streams only', async () => {
    const metrics = create()
    const base = fc.sample(
      randomRecord.filter(({ attempts }) => attempts.length === 1),
      1,
    )[0]
    const attempt = base?.attempts[0]
    if (base === undefined || attempt === undefined) throw new Error('no record was drawn')
    const timed = {
      ...attempt,
      provider: 'openai',
      model: 'small',
      outcome: 'success',
      startedAtMs: 1500,
      firstByteAtMs: 1750,
      endedAtMs: 3000,
      source: 'provider',
    } as const
    const record = {
      ...base,
      outcome: 'success',
      startedAtMs: 1000,
      endedAtMs: 3500,
      overheadMs: 0.25,
      attempts: [timed],
    } as const
    metrics.recordRequest({ ...record, isStream: true })
    // Booked by the sweep: nobody measured it.
    metrics.recordRequest({
      ...record,
      outcome: 'expired',
      attempts: [{ ...timed, outcome: 'expired', firstByteAtMs: null, source: 'estimated' }],
    })
    metrics.recordRequest({ ...record, isStream: false })
    const estimated = { ...timed, provider: 'moonshot', source: 'estimated' } as const
    metrics.recordRequest({ ...record, isStream: false, attempts: [estimated] })
    const families = await scrape(metrics)
    const read = (name: string, part: string) =>
      families
        .get(name)
        ?.samples.filter((each) => each.name === name + part)
        .map(({ value }) => value)
    expect(read('farthing_request_duration_seconds', '_sum')).toEqual([7.5])
    expect(read('farthing_overhead_seconds', '_sum')).toEqual([0.00075])
    expect(read('farthing_time_to_first_token_seconds', '_sum')).toEqual([0.25])
    expect(read('farthing_time_to_first_token_seconds', '_count')).toEqual([1])
    expect(read('gen_ai_client_operation_duration_seconds', '_sum')).toEqual([3, 1.5])
    const { freshInput, cacheRead, cacheWrite, cacheWriteLong, output } = timed.usage
    expect(read('gen_ai_client_token_usage', '_sum')).toEqual([
      2 * (freshInput + cacheRead + cacheWrite + cacheWriteLong),
      2 * output,
    ])
  })

  test('promtool has nothing against it', async () => {
    const metrics = create()
    for (const record of fc.sample(randomRecord, 200)) metrics.recordRequest(record)
    const { body, contentType } = await metrics.render()
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(parseExposition(body).size).toBe(34)
    expect(promtool(['check', 'metrics'], body)).toEqual({ status: 0, output: '' })
  })

  test('docs/metrics.md names every metric with its labels', async () => {
    const metrics = create()
    for (const record of fc.sample(randomRecord, 300)) metrics.recordRequest(record)
    const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8')
    const missing = [...(await scrape(metrics)).values()].flatMap(({ name, type, samples }) => {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` | ${type} |`)) ?? ''
      const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)))
      labels.delete('le')
      return [name, ...labels]
        .filter((word) => !row.includes(`\`${word}\``))
        .map((word) => `${name}: ${word}`)
    })
    expect(missing).toEqual([])
  })
})

describe('the strict reader itself', () => {
  const head = '# HELP a_total help\n# TYPE a_total counter\n'
  test.each([
    ['no line feed at the end', `${head}a_total 1`, 'no line feed'],
    ['a sample of another family', `${head}b_total 1\n`, 'stands under'],
    ['the same series twice', `${head}a_total{x="1",y="2"} 1\na_total{y="2",x="1"} 1\n`, 'same series twice'],
    ['an unescaped quote', `${head}a_total{x="a"b"} 1\n`, 'bad labels'],
    ['a negative counter', `${head}a_total -1\n`, 'below zero'],
    ['not a number', `${head}a_total one\n`, 'not a number'],
    ['TYPE without HELP', '# TYPE a_total counter\na_total 1\n', 'without its HELP'],
    ['a counter without _total', '# HELP a help\n# TYPE a counter\na 1\n', 'is a counter'],
    [
      'falling buckets',
      '# HELP a help\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_count 1\na_sum 1\n',
      'buckets fall',
    ],
    [
      'no +Inf bucket',
      '# HELP a help\n# TYPE a histogram\na_bucket{le="1"} 1\na_count 1\na_sum 1\n',
      '+Inf is not the count',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseExposition(text)).toThrow(message)
  })
})
