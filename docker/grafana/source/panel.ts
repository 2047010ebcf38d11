// A panel as the dashboards describe it, and what Grafana's own builders make of it.

import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge'
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import * as common from '@grafana/grafana-foundation-sdk/common'
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard'
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus'
import * as stat from '@grafana/grafana-foundation-sdk/stat'
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline'
import * as table from '@grafana/grafana-foundation-sdk/table'
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries'

export interface Query {
  readonly expr: string
  readonly legend: string
}

export interface PanelSpec {
  readonly kind: 'stat' | 'lines' | 'stacked' | 'bars' | 'table' | 'states'
  readonly title: string
  /** What is shown, and how to read it. */
  readonly description: string
  /** Grafana's name of a unit. */
  readonly unit: string
  /** Of docs/runbook.md: what to do about what is seen here. */
  readonly anchor: string
  readonly queries: readonly Query[]
  /** Of 24 columns. */
  readonly width: number
  /** Another range than the dashboard's: `now/M` is the month so far. */
  readonly timeFrom?: string
}

export const DATASOURCE = { type: 'prometheus', uid: 'prometheus' } as const

/** Compose mounts docs/runbook.md where Grafana serves it; the variable lets an operator point elsewhere. */
export const RUNBOOK_VARIABLE = 'runbook'
export const RUNBOOK_URL = '/public/farthing/runbook.md'

const LOW = 4
const HIGH = 8
const OPACITY = { lines: 5, stacked: 40 } as const

/** `id` is unique in its dashboard. */
export function buildPanel(spec: PanelSpec, id: number): Builder<dashboard.Panel> {
  switch (spec.kind) {
    case 'stat':
      return describe(new stat.PanelBuilder().id(id), spec)
        .reduceOptions(lastValue())
        .graphMode(common.BigValueGraphMode.None)
        .height(LOW)
    case 'bars':
      return describe(new bargauge.PanelBuilder().id(id), spec)
        .reduceOptions(lastValue())
        .orientation(common.VizOrientation.Horizontal)
        .height(HIGH)
    case 'table':
      return describe(new table.PanelBuilder().id(id), spec).height(HIGH)
    case 'states':
      return describe(new statetimeline.PanelBuilder().id(id), spec).height(HIGH)
    case 'lines':
    case 'stacked':
      return describe(new timeseries.PanelBuilder().id(id), spec)
        .fillOpacity(OPACITY[spec.kind])
        .showPoints(common.VisibilityMode.Never)
        .stacking(new common.StackingConfigBuilder().mode(stackingOf(spec.kind)))
        .height(HIGH)
    default:
      throw new Error(`nothing draws a panel of kind ${String(spec.kind satisfies never)}`)
  }
}

/** What the builders of all kinds of panels have in common. */
interface AnyPanel {
  title(title: string): this
  description(description: string): this
  unit(unit: string): this
  datasource(datasource: common.DataSourceRef): this
  links(links: Builder<dashboard.DashboardLink>[]): this
  span(width: number): this
  withTarget(target: Builder<prometheus.Dataquery>): this
  timeFrom(timeFrom: string): this
}

function describe<Panel extends AnyPanel>(panel: Panel, spec: PanelSpec): Panel {
  const link = new dashboard.DashboardLinkBuilder('What to do')
    .type(dashboard.DashboardLinkType.Link)
    .url(`\${${RUNBOOK_VARIABLE}}#${spec.anchor}`)
    .targetBlank(true)
  panel
    .title(spec.title)
    .description(spec.description)
    .unit(spec.unit)
    .datasource(DATASOURCE)
    .links([link])
    .span(spec.width)
  if (spec.timeFrom !== undefined) panel.timeFrom(spec.timeFrom)
  for (const [index, query] of spec.queries.entries()) panel.withTarget(buildQuery(spec, query, index))
  return panel
}

function buildQuery(
  { kind }: PanelSpec,
  { expr, legend }: Query,
  index: number,
): prometheus.DataqueryBuilder {
  const query = new prometheus.DataqueryBuilder()
    .expr(expr)
    .legendFormat(legend)
    .datasource(DATASOURCE)
    .refId(String.fromCharCode(0x41 + index))
  if (kind === 'table') return query.instant().format(prometheus.PromQueryFormat.Table)
  return kind === 'stat' || kind === 'bars' ? query.instant() : query.range()
}

function lastValue(): common.ReduceDataOptionsBuilder {
  return new common.ReduceDataOptionsBuilder().calcs(['lastNotNull'])
}

function stackingOf(kind: 'lines' | 'stacked'): common.StackingMode {
  return kind === 'stacked' ? common.StackingMode.Normal : common.StackingMode.None
}
