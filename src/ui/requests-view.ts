// The requests, newest first, as they end; by team, key, model, outcome and cost, page by page.

import type { RequestList, RequestSummary } from '../admin/request-log.ts'
import { decimalsFor, formatDuration, formatMoment, formatRecent, plainWords } from './amounts.ts'
import { buildField, buildOptions, type Child, create } from './elements.ts'
import type { Gateway } from './gateway.ts'
import { buildMark, OUTCOMES } from './outcomes.ts'
import { buildTable, count, orMissing, usd } from './table.ts'
import { createPane, keepQuery, repeat, type ViewWorld } from './view.ts'

const LIVE_EVERY_MS = 2_000
const PAGE = 50
const TEXTS = [
  ['team', 'Team', 'search'],
  ['key', 'Key', 'key_…'],
  ['model', 'Model', 'gpt-4o'],
  ['cost_over_usd', 'Cost over, USD', '0.01'],
  ['from', 'From', '2026-11-25'],
  ['to', 'To', '2026-11-26'],
] as const

export function openRequests(main: HTMLElement, { gateway, query, left }: ViewWorld): void {
  const pane = createPane()
  const rows: RequestSummary[] = []
  let cursor: string | null = null
  const live = create('input', { type: 'checkbox', checked: true, role: 'switch' })
  const filters = buildFilters(query, () => refresh())

  const refresh = (): void => {
    pane.show({
      load: () => loadPage(gateway, filters.read(), null),
      render(page) {
        rows.splice(0, Infinity, ...page.data)
        cursor = page.next_cursor
        return renderRows()
      },
    })
  }
  const older = (): void => {
    // What is read through must not move away.
    live.checked = false
    pane.show({
      load: () => loadPage(gateway, filters.read(), cursor),
      render(page) {
        rows.push(...page.data)
        cursor = page.next_cursor
        return renderRows()
      },
    })
  }
  const renderRows = (): readonly Node[] => {
    const more = create('button', { type: 'button', onclick: older }, 'Older')
    return [...renderList(rows, cursor !== null), ...(cursor === null ? [] : [more])]
  }

  main.append(filters.root, create('label', { class: 'switch' }, live, 'Live'), pane.root)
  refresh()
  repeat(LIVE_EVERY_MS, left, () => {
    if (live.checked && !isInUse(pane.root)) refresh()
  })
}

/** A list that is replaced takes focus and selection with it. */
function isInUse(root: HTMLElement): boolean {
  const selection = getSelection()
  return (
    root.contains(document.activeElement) ||
    (selection !== null && !selection.isCollapsed && root.contains(selection.anchorNode))
  )
}

type Filters = Readonly<Record<string, string>>

function loadPage(gateway: Gateway, filters: Filters, cursor: string | null): Promise<RequestList> {
  return gateway.get('/requests', {
    ...filters,
    limit: String(PAGE),
    ...(cursor === null ? {} : { cursor }),
  })
}

function buildFilters(query: URLSearchParams, onChange: () => void) {
  const outcome = create(
    'select',
    { name: 'outcome' },
    ...buildOptions(
      [['', 'any'], ...OUTCOMES.map((name) => [name, plainWords(name)] as const)],
      query.get('outcome') ?? '',
    ),
  )
  const inputs = TEXTS.map(([name, label, placeholder]) => ({
    label,
    control: create('input', {
      name,
      placeholder,
      value: query.get(name) ?? '',
      autocomplete: 'off',
      spellcheck: 'false',
    }),
  }))
  const controls = [...inputs.map(({ control }) => control), outcome]
  const read = (): Filters =>
    Object.fromEntries(
      controls.map(({ name, value }) => [name, value.trim()]).filter(([, value]) => value !== ''),
    )
  const apply = (): void => {
    keepQuery(read())
    onChange()
  }
  for (const control of controls) control.addEventListener('change', apply)
  const submit = (event: Event): void => {
    event.preventDefault()
    apply()
  }
  const root = create(
    'form',
    { class: 'controls', role: 'search', onsubmit: submit },
    ...inputs.map(buildField),
    buildField({ label: 'Outcome', control: outcome }),
    create('button', { class: 'unseen', tabindex: -1 }, 'Filter'),
  )
  return { root, read }
}

function renderList(rows: readonly RequestSummary[], hasMore: boolean): readonly Node[] {
  if (rows.length === 0) {
    const text = hasMore ? 'None of the newest 20,000 requests fits; older ones may.' : 'No request fits.'
    return [create('p', { class: 'card empty' }, text)]
  }
  const decimals = decimalsFor(rows.map(({ cost_usd: cost }) => cost))
  const table = buildTable<RequestSummary>({
    caption: 'Requests, newest first',
    rows,
    columns: [
      { title: 'Ended, UTC', cell: (row) => buildLink(row) },
      { title: 'Asked for', cell: (row) => row.requested_model },
      { title: 'Answered by', cell: (row) => orMissing(row.route) },
      { title: 'Team', cell: (row) => orMissing(row.team) },
      { title: 'Outcome', cell: (row) => buildMark(row.outcome) },
      { title: 'Input', isNumber: true, cell: (row) => count(row.input_tokens) },
      { title: 'Output', isNumber: true, cell: (row) => count(row.output_tokens) },
      { title: 'Took', isNumber: true, cell: (row) => formatDuration(row.duration_ms) },
      { title: 'Cost', isNumber: true, cell: (row) => costOf(row, decimals) },
      { title: 'Saved', isNumber: true, cell: (row) => usd(row.saved_usd, decimals) },
    ],
  })
  return [create('div', { class: 'card' }, table)]
}

function buildLink({ id, ended_at: ended }: RequestSummary): HTMLElement {
  return create(
    'a',
    { href: `#/requests/${encodeURIComponent(id)}`, title: `${id}, ${formatMoment(ended)}` },
    formatRecent(ended, Date.now()),
  )
}

function costOf({ cost_usd: cost, is_estimated: isEstimated }: RequestSummary, decimals: number): Child {
  const amount = usd(cost, decimals)
  if (!isEstimated) return amount
  return create(
    'span',
    {},
    create('abbr', { title: 'estimated: no provider reported the usage' }, '≈'),
    amount,
  )
}
