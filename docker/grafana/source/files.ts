// The dashboards as files: what stands in docker/grafana/dashboards.

import { buildDashboard, type DashboardSpec } from './build-dashboard.ts'
import { routingDashboard } from './routing.ts'
import { serviceDashboard } from './service.ts'
import { spendDashboard } from './spend.ts'

const FOLDER = 'docker/grafana/dashboards'

const SPECS: Readonly<Record<string, DashboardSpec>> = {
  spend: spendDashboard,
  routing: routingDashboard,
  service: serviceDashboard,
}

/** Text by path, relative to the root of the repository. */
export function dashboardFiles(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(SPECS).map(([name, spec]) => [
      `${FOLDER}/${name}.json`,
      `${JSON.stringify(buildDashboard(spec), null, 2)}\n`,
    ]),
  )
}
