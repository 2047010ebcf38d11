// What may be spent, is spent and is held: every budget of org, teams, projects and keys, fullest first.

import type { BudgetView, PolicyView } from '../admin/budget-admin.ts'
import type { KeyView } from '../admin/key-admin.ts'
import { decimalsFor, formatCount, formatShare, formatUntil } from './amounts.ts'
import { type Child, create, setShare } from './elements.ts'
import type { Gateway } from './gateway.ts'
import { usd } from './table.ts'
import { createPane, repeat, type ViewWorld } from './view.ts'

interface List<Item> {
  readonly data: readonly Item[]
}

interface Entry extends BudgetView {
  readonly title: string
  readonly source: PolicyView['source']
}

interface Budgets {
  readonly entries: readonly Entry[]
  readonly limits: readonly { readonly title: string; readonly limits: NonNullable<PolicyView['limits']> }[]
  /** Keys with budgets beyond those that are shown. */
  readonly keysLeftOut: number
}

const REFRESH_MS = 5_000
/** Each is a call of its own. */
const MAX_KEYS = 40

export function openBudgets(main: HTMLElement, { gateway, left }: ViewWorld): void {
  const pane = createPane()
  main.append(pane.root)
  const refresh = (): void => pane.show({ load: () => loadBudgets(gateway), render })
  refresh()
  repeat(REFRESH_MS, left, refresh)
}

async function loadBudgets(gateway: Gateway): Promise<Budgets> {
  const [policies, keys] = await Promise.all([
    gateway.get<List<PolicyView>>('/budgets'),
    gateway.get<List<KeyView>>('/keys'),
  ])
  const withBudgets = keys.data.filter(({ budgets, status }) => budgets.length > 0 && status === 'active')
  const ofKeys = await Promise.all(
    withBudgets.slice(0, MAX_KEYS).map(async ({ id, name }) => ({
      title: `key ${name}`,
      policy: await gateway.get<PolicyView>(`/budgets/key/${encodeURIComponent(id)}`),
    })),
  )
  const all = [...policies.data.map((policy) => ({ title: titleOf(policy), policy })), ...ofKeys]
  return {
    entries: all
      .flatMap(({ title, policy }) =>
        policy.budgets.map((budget) => ({ ...budget, title, source: policy.source })),
      )
      .toSorted((one, other) => usedShare(other) - usedShare(one)),
    limits: all.flatMap(({ title, policy: { limits } }) => (limits === null ? [] : [{ title, limits }])),
    keysLeftOut: Math.max(0, withBudgets.length - MAX_KEYS),
  }
}

function titleOf({ scope, name }: PolicyView): string {
  return scope === 'org' ? 'whole organisation' : `${scope} ${name}`
}

function usedShare({ spent_usd: spent, held_usd: held, limit_usd: limit }: BudgetView): number {
  return limit === 0 ? 1 : (spent + held) / limit
}

function render({ entries, limits, keysLeftOut }: Budgets): readonly Node[] {
  if (entries.length === 0 && limits.length === 0) return [renderNothing()]
  const note = `${keysLeftOut} more keys have budgets; npx farthing budgets show key ID shows each.`
  return [
    create('ul', { class: 'budgets' }, ...entries.map(renderEntry)),
    ...(keysLeftOut > 0 ? [create('p', { class: 'quiet' }, note)] : []),
    ...(limits.length === 0 ? [] : [renderLimits(limits)]),
  ]
}

function renderEntry(entry: Entry): HTMLElement {
  const { limit_usd: limit, spent_usd: spent, held_usd: held, free_usd: free } = entry
  const decimals = decimalsFor([limit])
  const used = usedShare(entry)
  const state = used >= 1 ? 'full' : used >= 0.8 ? 'near' : ''
  const bar = create(
    'div',
    { class: `bar ${state}`, 'aria-hidden': 'true' },
    create('i', { class: 'spent' }),
    create('i', { class: 'held' }),
  )
  setShare(bar, 'spent', limit === 0 ? 1 : spent / limit)
  setShare(bar, 'held', limit === 0 ? 0 : held / limit)
  for (const share of entry.alert_at.filter((one) => one < 1)) {
    const mark = create('i', { class: 'mark' })
    setShare(mark, 'at', share)
    bar.append(mark)
  }
  const resets =
    entry.resets_at === null
      ? 'never starts again'
      : `starts again in ${formatUntil(entry.resets_at, Date.now())}`
  return create(
    'li',
    { class: 'card budget' },
    create('h2', {}, entry.title),
    create('p', { class: 'share' }, formatShare(used), create('span', { class: 'quiet' }, ' used')),
    create(
      'p',
      { class: 'quiet' },
      `per ${entry.period}, ${entry.hard ? 'hard: refuses what does not fit' : 'soft: only tells'}; ${resets}`,
    ),
    bar,
    create(
      'dl',
      { class: 'numbers' },
      number('Spent', usd(spent, Math.max(decimals, decimalsFor([spent]))), 'spent'),
      number('Held', usd(held, Math.max(decimals, decimalsFor([held]))), 'held'),
      number('Free', usd(free, decimals)),
      number('Limit', usd(limit, decimals)),
    ),
  )
}

function number(title: string, value: Child, swatch = ''): HTMLElement {
  const mark = swatch === '' ? [] : [create('i', { class: `swatch ${swatch}` })]
  return create('div', {}, create('dt', {}, ...mark, title), create('dd', {}, value))
}

function limitWords({ rpm, tpm, concurrency }: NonNullable<PolicyView['limits']>): string {
  return [
    rpm === null ? null : `${formatCount(rpm)} requests a minute`,
    tpm === null ? null : `${formatCount(tpm)} tokens a minute`,
    concurrency === null ? null : `${formatCount(concurrency)} at once`,
  ]
    .filter((part) => part !== null)
    .join(', ')
}

function renderLimits(limits: Budgets['limits']): HTMLElement {
  return create(
    'section',
    { class: 'card' },
    create('h2', {}, 'Limits'),
    create(
      'dl',
      { class: 'facts' },
      ...limits.map(({ title, limits: set }) =>
        create('div', {}, create('dt', {}, title), create('dd', {}, limitWords(set))),
      ),
    ),
  )
}

function renderNothing(): HTMLElement {
  return create(
    'div',
    { class: 'card empty' },
    create('h2', {}, 'No budget is set'),
    create(
      'p',
      {},
      'Budgets of teams, projects and the organisation are set on the command line, those of a key also when it is made:',
    ),
    create('pre', {}, 'npx farthing budgets set team search --budget 200/day'),
  )
}
