// The dashboards as Grafana reads them, and their queries as Prometheus gets them.

import { globSync, readFileSync } from 'node:fs'
import { z } from 'zod'

const panelSchema = z.object({
  id: z.int().positive(),
  title: z.string().min(1),
  description: z.string().min(20),
  fieldConfig: z.object({ defaults: z.object({ unit: z.string().min(1) }) }),
  timeFrom: z.string().optional(),
  links: z.tuple([z.object({ title: z.string(), url: z.string() })]),
  targets: z.array(z.object({ expr: z.string().min(1), datasource: z.object({ uid: z.string() }) })).min(1),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
})
export type Panel = z.infer<typeof panelSchema>

const dashboardSchema = z.object({
  uid: z.string(),
  title: z.string(),
  templating: z.object({ list: z.array(z.object({ name: z.string() })) }),
  panels: z.array(z.looseObject({ type: z.string() })),
})

export interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly variables: readonly string[]
  readonly panels: readonly Panel[]
}

export function readDashboards(): readonly Dashboard[] {
  return globSync('docker/grafana/dashboards/*.json').map((path) => {
    const dashboard = dashboardSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
    return {
      uid: dashboard.uid,
      title: dashboard.title,
      variables: dashboard.templating.list.map(({ name }) => name),
      panels: dashboard.panels.filter(({ type }) => type !== 'row').map((panel) => panelSchema.parse(panel)),
    }
  })
}

export interface Present {
  readonly range?: string
  readonly rateInterval?: string
  /** Of all three variables; as for "All" unless told. */
  readonly variable?: string
}

/** A query as Grafana sends it. */
export function atPresent(
  expr: string,
  { range = '6h', rateInterval = '1m', variable = '.*' }: Present = {},
): string {
  return expr
    .replaceAll('$__rate_interval', rateInterval)
    .replaceAll('$__range', range)
    .replaceAll(/\$(?:team|tier|provider)\b/g, variable)
}
