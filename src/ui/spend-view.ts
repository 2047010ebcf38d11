// Where the money goes: totals, spend over time by any group, what it would have cost, and the same as a table.

import type { SpendReport, SpendSumsView } from '../admin/spend-report.ts'
import { capitalized, decimalsFor, formatCount, formatShare } from './amounts.ts'
import { buildField, buildOptions, type Child, create } from './elements.ts'
import type { Gateway } from './gateway.ts'
import { againstBaseline, type ChartOptions, drawChart, seriesColor, stackedBars } from './spend-chart.ts'
import { findRange, RANGES, type SpendRange } from './spend-ranges.ts'
import { buildSeries, NO_GROUP, OTHERS, type SpendSeries } from './spend-series.ts'
import { buildTable, count, missing, usd } from './table.ts'
import { createPane, keepQuery, repeat, type ViewWorld } from './view.ts'

const GROUPS = ['provider', 'model', 'tier', 'team', 'project', 'key'] as const
const TAG = 'tag'
const REFRESH_MS = 30_000

interface Choice {
  readonly range: SpendRange
  /** As the API names it. */
  readonly group: string
}

interface Spend extends Choice {
  readonly byGroup: SpendReport
  readonly series: SpendSeries
}

export function openSpend(main: HTMLElement, { gateway, query, left }: ViewWorld): void {
  const pane = createPane()
  let drawn = new AbortController()
  left.addEventListener('abort', () => drawn.abort())
  let shown: Spend | null = null
  const render = (spend: Spend): readonly Node[] => {
    shown = spend
    drawn.abort()
    drawn = new AbortController()
    return renderSpend(spend, drawn.signal)
  }
  const controls = buildControls(query, (choice) =>
    pane.show({ load: () => loadSpend(gateway, choice), render }),
  )
  main.append(controls.root, pane.root)
  controls.start()
  repeat(REFRESH_MS, left, controls.start)
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const repaint = (): void => {
    if (shown !== null) pane.root.replaceChildren(...render(shown))
  }
  dark.addEventListener('change', repaint)
  left.addEventListener('abort', () => dark.removeEventListener('change', repaint))
}

function buildControls(query: URLSearchParams, onChoice: (choice: Choice) => void) {
  const chosen = query.get('by') ?? 'provider'
  const isTag = chosen.startsWith(`${TAG}:`)
  const range = create(
    'select',
    { name: 'range' },
    ...buildOptions(
      RANGES.map(({ name, label }) => [name, label]),
      query.get('range') ?? '24h',
    ),
  )
  const group = create(
    'select',
    { name: 'group' },
    ...buildOptions([...GROUPS.map((name) => [name, name] as const), [TAG, 'a tag…']], isTag ? TAG : chosen),
  )
  const tag = create('input', {
    name: 'tag',
    value: isTag ? chosen.slice(TAG.length + 1) : '',
    placeholder: 'feature',
    pattern: '[A-Za-z0-9._\\-]{1,64}',
    autocomplete: 'off',
    spellcheck: 'false',
  })
  const tagField = buildField({ label: 'Tag', control: tag })
  const start = (): void => {
    const wantsTag = group.value === TAG
    tagField.hidden = !wantsTag
    if (wantsTag && (tag.value === '' || !tag.reportValidity())) return
    const by = wantsTag ? `${TAG}:${tag.value}` : group.value
    keepQuery({ range: range.value, by })
    onChoice({ range: findRange(range.value), group: by })
  }
  for (const control of [range, group, tag]) control.addEventListener('change', start)
  const root = create(
    'form',
    { class: 'controls', onsubmit: (event) => event.preventDefault() },
    buildField({ label: 'Period', control: range }),
    buildField({ label: 'Group by', control: group }),
    tagField,
  )
  return { root, start }
}

async function loadSpend(gateway: Gateway, { range, group }: Choice): Promise<Spend> {
  const { from, toMs } = range.span(Date.now())
  const step = range.isHourly ? 'hour' : 'day'
  const [byGroup, byTime] = await Promise.all([
    gateway.get<SpendReport>('/spend', { from, group_by: group }),
    gateway.get<SpendReport>('/spend', { from, group_by: `${step},${group}` }),
  ])
  const rows = byTime.rows.map((row) => ({
    time: String(row[step]),
    group: groupOf(row, group),
    cost: row.cost_usd,
    baseline: row.baseline_usd,
  }))
  // The gateway's clock may be ahead of the browser's.
  const endMs = Math.max(toMs, Date.parse(byTime.to))
  const series = buildSeries(rows, { fromMs: Date.parse(from), toMs: endMs, stepMs: range.stepMs })
  return { range, group, byGroup, series }
}

function groupOf(row: SpendReport['rows'][number], group: string): string | null {
  const value = row[group]
  return typeof value === 'string' ? value : null
}

function renderSpend({ range, group, byGroup, series }: Spend, left: AbortSignal): readonly Node[] {
  const { total, rows } = byGroup
  if (total.requests === 0) return [renderNothing()]
  const stacked = stackedBars(series, range.isHourly)
  return [
    renderTotals(total),
    create(
      'div',
      { class: 'charts' },
      renderChart({ title: `Spend by ${group}`, options: stacked, left }),
      renderChart({ title: 'Against the baseline', options: againstBaseline(series, range.isHourly), left }),
    ),
    create(
      'section',
      { class: 'card' },
      create('h2', {}, `${range.label}, by ${group}`),
      renderRows({ rows, total, group, series }),
    ),
  ]
}

function renderTotals(total: SpendSumsView): HTMLElement {
  const perThousand = (total.cost_usd / total.requests) * 1000
  const estimated = formatShare(total.cost_usd === 0 ? 0 : total.estimated_usd / total.cost_usd)
  const share = formatShare(total.saved_usd / total.baseline_usd)
  return create(
    'dl',
    { class: 'totals' },
    fact('Spent', usd(total.cost_usd), `${estimated} of it estimated`, 'spent'),
    fact('Saved', usd(total.saved_usd), `${share} of the baseline`, 'saved'),
    fact('Without Farthing', usd(total.baseline_usd), 'at the prices of the baseline'),
    fact('Requests', count(total.requests), `${formatCount(total.attempts)} calls of providers`),
    fact('A thousand requests', usd(perThousand), 'on average'),
  )
}

function fact(title: string, value: Child, note: string, name = ''): HTMLElement {
  return create(
    'div',
    { class: `fact ${name}` },
    create('dt', {}, title),
    create('dd', {}, value),
    create('dd', { class: 'quiet' }, note),
  )
}

interface ChartCard {
  readonly title: string
  readonly options: ChartOptions
  readonly left: AbortSignal
}

function renderChart({ title, options, left }: ChartCard): HTMLElement {
  const chart = create('div', {
    class: 'chart',
    tabindex: 0,
    role: 'group',
    'aria-label': `${options.label}. Arrow keys move over it.`,
  })
  const legend = create(
    'ul',
    { class: 'legend' },
    ...options.lines.map(({ name, color }) => {
      const swatch = create('i', { class: 'swatch' })
      swatch.style.background = color
      return create('li', {}, swatch, name)
    }),
  )
  // Its width is known when it stands in the page.
  requestAnimationFrame(() => {
    if (!left.aborted) drawChart(chart, options, left)
  })
  return create('section', { class: 'card' }, create('h2', {}, title), legend, chart)
}

interface Rows {
  readonly rows: SpendReport['rows']
  readonly total: SpendSumsView
  readonly group: string
  readonly series: SpendSeries
}

function renderRows({ rows, total, group, series }: Rows): HTMLElement {
  const decimals = decimalsFor([total.cost_usd, total.baseline_usd])
  const names = series.series.map(({ name }) => name)
  const place = (name: string): number => (names.includes(name) ? names.indexOf(name) : names.indexOf(OTHERS))
  const name = (row: SpendSumsView): Child => {
    if (row === total) return 'Total'
    const text = groupOf({ ...row }, group) ?? NO_GROUP
    const swatch = create('i', { class: 'swatch' })
    swatch.style.background = seriesColor(place(text))
    return create('span', { class: 'named' }, swatch, text)
  }
  return buildTable<SpendSumsView>({
    caption: `Spend by ${group}`,
    rows,
    total,
    columns: [
      { title: capitalized(group), cell: name },
      { title: 'Requests', isNumber: true, cell: (row) => count(row.requests) },
      { title: 'Input', isNumber: true, cell: (row) => count(row.input_tokens) },
      {
        title: 'Cached',
        isNumber: true,
        cell: (row) => formatShare(row.input_tokens === 0 ? 0 : row.cached_tokens / row.input_tokens),
      },
      { title: 'Output', isNumber: true, cell: (row) => count(row.output_tokens) },
      { title: 'Spent', isNumber: true, cell: (row) => usd(row.cost_usd, decimals) },
      {
        title: 'Share',
        isNumber: true,
        cell: (row) => (total.cost_usd === 0 ? missing() : formatShare(row.cost_usd / total.cost_usd)),
      },
      { title: 'Baseline', isNumber: true, cell: (row) => usd(row.baseline_usd, decimals) },
      { title: 'Saved', isNumber: true, cell: (row) => usd(row.saved_usd, decimals) },
    ],
  })
}

function renderNothing(): HTMLElement {
  return create(
    'div',
    { class: 'card empty' },
    create('h2', {}, 'Nothing was spent in this period'),
    create('p', {}, 'A request is here as soon as it has ended. To send one, make a key under Keys, then:'),
    create(
      'pre',
      {},
      `curl ${location.origin}/v1/chat/completions \\\n  -H "authorization: Bearer fth_..." \\\n  -H "content-type: application/json" \\\n  -d '{"model": "standard", "messages": [{"role": "user", "content": "Hello?"}]}'`,
    ),
  )
}
