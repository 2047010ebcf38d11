// A dashboard: rows of panels under the variables that all of them share.

import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard'
import { buildPanel, DATASOURCE, type PanelSpec, RUNBOOK_URL, RUNBOOK_VARIABLE } from './panel.ts'

export interface DashboardSpec {
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly rows: readonly { readonly title: string; readonly panels: readonly PanelSpec[] }[]
}

const VARIABLES = ['team', 'tier', 'provider']

export function buildDashboard({ uid, title, description, rows }: DashboardSpec): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['farthing'])
    .editable()
    .timezone('browser')
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .refresh('30s')
    .time({ from: 'now-6h', to: 'now' })
    .link(
      new dashboard.DashboardLinkBuilder('Farthing')
        .type(dashboard.DashboardLinkType.Dashboards)
        .tags(['farthing'])
        .keepTime(true)
        .includeVars(true),
    )
  for (const name of VARIABLES) builder.withVariable(buildVariable(name))
  builder.withVariable(new dashboard.ConstantVariableBuilder(RUNBOOK_VARIABLE).value(RUNBOOK_URL))
  // Grafana tells panels, and the state it keeps of them, apart by number.
  let id = 1
  for (const row of rows) {
    builder.withRow(new dashboard.RowBuilder(row.title).id(id++))
    for (const panel of row.panels) builder.withPanel(buildPanel(panel, id++))
  }
  return builder.build()
}

function buildVariable(name: string): dashboard.QueryVariableBuilder {
  const query = `label_values(farthing_requests_total, ${name})`
  return (
    new dashboard.QueryVariableBuilder(name)
      .label(name)
      .query({ query, refId: name })
      .definition(query)
      .datasource(DATASOURCE)
      .multi(true)
      .includeAll(true)
      // Matches what has no value, too: a series that appears while the page is open is not left out.
      .allValue('.*')
      .current({ text: 'All', value: '$__all' })
      .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
  )
}
