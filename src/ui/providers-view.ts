// The providers as this gateway sees them: on or off, how they do, and what each route costs right now.

import type { ProviderReport, ProviderView } from '../admin/provider-report.ts'
import { formatDuration, formatMoment, plainWords, priceDecimals } from './amounts.ts'
import { type Child, create } from './elements.ts'
import { buildMark } from './outcomes.ts'
import { buildTable, missing } from './table.ts'
import { createPane, repeat, type ViewWorld } from './view.ts'

const REFRESH_MS = 10_000

type RouteView = ProviderView['routes'][number]
type PriceClass = keyof NonNullable<RouteView['usd_per_million_tokens']>

export function openProviders(main: HTMLElement, { gateway, left }: ViewWorld): void {
  const pane = createPane()
  main.append(pane.root)
  const refresh = (): void => pane.show({ load: () => gateway.get<ProviderReport>('/providers'), render })
  refresh()
  repeat(REFRESH_MS, left, refresh)
}

function render({ data }: ProviderReport): readonly Node[] {
  const off = data.filter(({ on }) => !on)
  const now = formatMoment(new Date().toISOString())
  return [
    create(
      'p',
      { class: 'quiet' },
      `Prices in force at ${now} UTC, in USD per million tokens, for a short prompt.`,
    ),
    ...data.filter(({ on }) => on).map(renderProvider),
    ...(off.length === 0 ? [] : [renderOff(off)]),
  ]
}

function renderProvider({ id, health, routes }: ProviderView): HTMLElement {
  const price = createPriceCells(routes)
  return create(
    'section',
    { class: 'card' },
    create('h2', {}, id, ' ', buildMark(health)),
    buildTable<RouteView>({
      isEven: true,
      caption: `Routes of ${id}`,
      rows: routes,
      columns: [
        { title: 'Route', cell: (route) => route.id.slice(id.length + 1) },
        { title: 'Tier', cell: (route) => route.tier },
        { title: 'Circuit', cell: renderCircuit },
        { title: 'First token', isNumber: true, cell: (route) => renderLatency(route) },
        { title: 'Input', isNumber: true, cell: (route) => price(route, 'input') },
        { title: 'From cache', isNumber: true, cell: (route) => price(route, 'cached_input') },
        { title: 'Into cache', isNumber: true, cell: (route) => price(route, 'cache_write') },
        { title: 'Output', isNumber: true, cell: (route) => price(route, 'output') },
      ],
    }),
  )
}

function renderCircuit({ circuit: { state, because, until } }: RouteView): Child {
  const why = because === null ? '' : ` ${plainWords(because)}`
  const when = until === null ? '' : ` until ${until.slice(11, 19)}`
  return create('span', {}, buildMark(state), `${why}${when}`)
}

function renderLatency({ time_to_first_token_ms: latency }: RouteView): Child {
  return latency === null ? missing() : formatDuration(latency)
}

/** With as many decimals as the column needs. */
function createPriceCells(routes: readonly RouteView[]): (route: RouteView, name: PriceClass) => Child {
  const priceOf = ({ usd_per_million_tokens: prices }: RouteView, name: PriceClass): number | null =>
    prices?.[name] ?? null
  return (route, name) => {
    const price = priceOf(route, name)
    if (price === null) return missing()
    const column = routes.map((one) => priceOf(one, name)).filter((one) => one !== null)
    return price.toFixed(priceDecimals(column))
  }
}

function renderOff(providers: readonly ProviderView[]): HTMLElement {
  return create(
    'section',
    { class: 'card' },
    create('h2', {}, 'Off'),
    create(
      'dl',
      { class: 'facts' },
      ...providers.map(({ id, off_because: why }) =>
        create('div', {}, create('dt', {}, id), create('dd', {}, why ?? 'switched off')),
      ),
    ),
  )
}
