// The dashboards and rules as files: current, complete, and about metrics that exist.

import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { dashboardFiles } from '../docker/grafana/source/files.ts'
import { grew } from '../docker/grafana/source/promql.ts'
import { createMetrics } from '../src/telemetry/metrics.ts'
import { atPresent, readDashboards } from './support/dashboards.ts'
import { promtool } from './support/prometheus.ts'
import { QUIET_PROBES } from './unit/telemetry/quiet-probes.ts'

const read = (path: string): string => readFileSync(path, 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'farthing-rules-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const dashboards = readDashboards()
const panels = dashboards.flatMap((dashboard) => dashboard.panels)
const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))

const ruleSchema = z.union([
  z.strictObject({ record: z.string(), expr: z.string() }),
  z.strictObject({
    alert: z.string(),
    expr: z.string(),
    for: z.string().optional(),
    labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
    annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
  }),
])
const ruleFileSchema = z.object({
  groups: z.array(z.object({ name: z.string(), rules: z.array(ruleSchema) })),
})
const rules = globSync('docker/prometheus/rules/*.yml').flatMap((path) =>
  ruleFileSchema.parse(parse(read(path))).groups.flatMap((group) => group.rules),
)
const alerts = rules.flatMap((rule) => ('alert' in rule ? [rule] : []))

/** Anchors of the headings of the runbook, as they are made of Markdown. */
const anchors = new Set(
  Array.from(read('docs/runbook.md').matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  ),
)

describe('the dashboards', () => {
  it('are those that npm run dashboards makes', () => {
    const made = dashboardFiles()
    expect(globSync('docker/grafana/dashboards/*').toSorted()).toEqual([...made.keys()].toSorted())
    for (const [path, text] of made) expect(read(path), `${path}: run npm run dashboards`).toBe(text)
  })

  it('are three, each with the variables team, tier and provider', () => {
    expect(dashboards.map(({ uid }) => uid).toSorted()).toEqual([
      'farthing-routing',
      'farthing-service',
      'farthing-spend',
    ])
    for (const { variables } of dashboards)
      expect(variables).toEqual(expect.arrayContaining(['team', 'tier', 'provider', 'runbook']))
    expect(new Set(dashboards.map(({ title }) => title)).size).toBe(3)
  })

  it('have panels with a title of their own, a description, a unit, the data source and a place', () => {
    expect(panels.length).toBeGreaterThan(45)
    for (const dashboard of dashboards) {
      const titles = dashboard.panels.map(({ title }) => title)
      expect(new Set(titles).size).toBe(titles.length)
      const ids = dashboard.panels.map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      const places = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
      )
      expect(new Set(places).size).toBe(places.length)
      expect(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true)
    }
    const sources = panels.flatMap(({ targets }) => targets.map(({ datasource }) => datasource.uid))
    expect(new Set(sources)).toEqual(new Set(['prometheus']))
  })

  it('have panels that say what to do: a heading of the runbook', () => {
    const targets = panels.map(({ links: [link] }) => /^\$\{runbook\}#(.+)$/.exec(link.url)?.[1] ?? link.url)
    expect(targets.filter((anchor) => !anchors.has(anchor))).toEqual([])
  })

  it('ask only for metrics that exist, with PromQL that parses', async () => {
    const asked = [...queries, ...rules.map(({ expr }) => expr)]
    const existing = await existingNames()
    expect([...namesIn(asked)].filter((name) => !existing.has(name))).toEqual([])
    expect(namesIn(asked).size).toBeGreaterThan(30)
    const file = join(folder, 'queries.json')
    const named = queries.map((expr, index) => ({ record: `panel:${index}`, expr: atPresent(expr) }))
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules: named }] }))
    expect(promtool(['check', 'rules', file])).toMatchObject({ status: 0 })
  })
})

describe('how much a counter grew', () => {
  it('is exact where it began in the range, went on through it, or ended in it; after a restart it is estimated', () => {
    const tests = [
      // With its first value, which increase() misses.
      grown('now="begins"', '_x14 5 5 6 7 8 8', [8]),
      grown('now="goes on"', '3x10 4 4 4 5 6 6 6 7 7 7', [4]),
      grown('now="stands still"', '3x20', [0]),
      grown('now="ends"', '2x10 3 4 5 stale _x7', [3]),
      grown('now="ended before"', '2x5 stale _x14', []),
      // Scraped again after a gap at the beginning of the range.
      grown('now="was not scraped"', '2x4 _x9 6x6', [4]),
      // 3 to 5, then from nothing to 2, as increase() has it.
      grown('now="restarts"', '3x10 3 4 4 5 0 1 1 2 2 2', [4]),
    ]
    const file = join(folder, 'grew.json')
    writeFileSync(file, JSON.stringify({ rule_files: [], evaluation_interval: '1m', tests }))
    const { status, output } = promtool(['test', 'rules', file])
    expect({ status, output }).toEqual({ status: 0, output: expect.not.stringContaining('FAILED') })
  })
})

describe('the rules', () => {
  it('are what promtool takes', () => {
    const { status, output } = promtool(['check', 'rules', ...globSync('docker/prometheus/rules/*.yml')])
    expect({ status, output }).toEqual({ status: 0, output: expect.not.stringMatching(/warn|error/i) })
  })

  it('do as their tests say', () => {
    const { status, output } = promtool(['test', 'rules', ...globSync('docker/prometheus/tests/*.yml')])
    expect({ status, output }).toEqual({ status: 0, output: expect.not.stringContaining('FAILED') })
  })

  it('have a test that fires each alert, and one that does not', () => {
    const testSchema = z.object({
      tests: z.array(
        z.object({
          alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })),
        }),
      ),
    })
    const cases = globSync('docker/prometheus/tests/*.yml').flatMap((path) =>
      testSchema.parse(parse(read(path))).tests.flatMap((test) => test.alert_rule_test),
    )
    const tested = (fires: boolean): string[] => [
      ...new Set(
        cases.filter((one) => one.exp_alerts.length > 0 === fires).map(({ alertname }) => alertname),
      ),
    ]
    const names = alerts.map(({ alert }) => alert)
    expect(names.length).toBe(16)
    expect(tested(true).toSorted()).toEqual(names.toSorted())
    expect(tested(false).toSorted()).toEqual(names.toSorted())
  })

  it('have a paragraph in the runbook for each alert, and no paragraph is left over', () => {
    const page = read('docs/runbook.md')
    const section = page.slice(page.indexOf('\n## Alerts\n'), page.indexOf('\n## What the dashboards show\n'))
    const headings = Array.from(section.matchAll(/^### (.+)$/gm), ([, heading = '']) => heading)
    expect(headings.toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted())
    for (const { alert, annotations } of alerts)
      expect(annotations.runbook).toBe(`docs/runbook.md#${alert.toLowerCase()}`)
    const paragraphs = section.split(/^### .+$/m).slice(1)
    expect(paragraphs.every((paragraph) => paragraph.trim().length > 150)).toBe(true)
  })
})

function namesIn(expressions: readonly string[]): ReadonlySet<string> {
  return new Set(
    expressions.flatMap((expr) => expr.match(/\b(?:farthing[_:][\w:]+|gen_ai_client_\w+)/g) ?? []),
  )
}

async function existingNames(): Promise<ReadonlySet<string>> {
  const metrics = createMetrics({
    models: new Set(['openai/gpt-6-luna']),
    probes: QUIET_PROBES,
    planReason: () => 'cheapest',
  })
  const { body } = await metrics.render()
  const names = Array.from(body.matchAll(/^# TYPE (\S+) (\S+)$/gm)).flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  )
  return new Set([...names, ...rules.flatMap((rule) => ('record' in rule ? [rule.record] : []))])
}

/** A case for promtool: by how much the counter of these values grew in the last ten of twenty minutes. */
function grown(series: string, values: string, expected: readonly number[]): object {
  return {
    interval: '1m',
    input_series: [{ series: `farthing_spend_usd_total{${series}}`, values }],
    promql_expr_test: [
      {
        // What increase() estimates differs by a fraction between versions of Prometheus.
        expr: `round(${grew('farthing_spend_usd_total', '10m')})`,
        eval_time: '20m',
        exp_samples: expected.map((value) => ({ labels: `{${series}}`, value })),
      },
    ],
  }
}
