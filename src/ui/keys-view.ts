// Virtual keys: which there are, a form for a new one, and a way to revoke one.

import type { CreatedKey, KeyView } from '../admin/key-admin.ts'
import { formatMoment } from './amounts.ts'
import { askFirst, showOnce } from './dialogs.ts'
import { type Child, create } from './elements.ts'
import type { Gateway } from './gateway.ts'
import { buildKeyForm } from './key-form.ts'
import { buildMark } from './outcomes.ts'
import { buildTable, missing, orMissing } from './table.ts'
import { createPane, messageOf, type ViewWorld } from './view.ts'

interface KeyList {
  readonly data: readonly KeyView[]
}

export function openKeys(main: HTMLElement, { gateway, left }: ViewWorld): void {
  const pane = createPane()
  const refresh = (): void =>
    pane.show({
      load: () => gateway.get<KeyList>('/keys'),
      render: ({ data }) => renderKeys(data, (key) => void revoke(key)),
    })
  const revoke = async (key: KeyView): Promise<void> => {
    const isSure = await askFirst({
      title: `Revoke “${key.name}”?`,
      text: `Applications that use it (it ends in ${key.hint ?? ''}) are refused within a second. This cannot be undone.`,
      action: 'Revoke',
    })
    if (!isSure) return
    await revokeKey(gateway, key).catch((error: unknown) => alert(messageOf(error)))
    if (!left.aborted) refresh()
  }
  const form = buildKeyForm(async (fields) => {
    const created = await gateway.send<CreatedKey>('POST', '/keys', fields)
    if (!left.aborted) refresh()
    await showOnce({ title: `The key of “${created.name}”`, secret: created.key })
  })
  main.append(form, pane.root)
  refresh()
}

async function revokeKey(gateway: Gateway, { id }: KeyView): Promise<void> {
  await gateway.send('DELETE', `/keys/${encodeURIComponent(id)}`)
}

function renderKeys(keys: readonly KeyView[], onRevoke: (key: KeyView) => void): readonly Node[] {
  if (keys.length === 0) return [create('p', { class: 'card empty' }, 'There is no key yet.')]
  // Those in use first, the newest on top.
  const sorted = keys.toSorted(
    (one, other) =>
      Number(one.status !== 'active') - Number(other.status !== 'active') ||
      (other.created_at ?? '').localeCompare(one.created_at ?? ''),
  )
  const table = buildTable<KeyView>({
    caption: 'Virtual keys',
    rows: sorted,
    columns: [
      { title: 'Name', cell: (key) => key.name },
      { title: 'Key', cell: renderKey },
      { title: 'Status', cell: (key) => buildMark(key.status) },
      { title: 'Team', cell: (key) => orMissing(key.team) },
      { title: 'Project', cell: (key) => orMissing(key.project) },
      { title: 'Tiers', cell: renderTiers },
      { title: 'Budgets', cell: renderBudgets },
      { title: 'Created, UTC', cell: renderCreated },
      {
        title: 'Requests',
        cell: (key) => create('a', { href: `#/requests?key=${encodeURIComponent(key.id)}` }, 'show'),
      },
      { title: '', cell: (key) => renderRevoke(key, onRevoke) },
    ],
  })
  return [create('div', { class: 'card' }, table)]
}

function renderKey({ id, hint }: KeyView): Child {
  return create('code', { title: id }, hint === null ? id : `…${hint}`)
}

function renderCreated({ created_at: createdAt, declared }: KeyView): Child {
  if (createdAt !== null) return formatMoment(createdAt)
  return create('span', { title: `In the configuration, at ${declared ?? ''}` }, 'declared')
}

function renderTiers({ min_tier: least, max_tier: most }: KeyView): Child {
  if (least === null && most === null) return missing()
  return `${least ?? 'any'} to ${most ?? 'any'}`
}

function renderBudgets({ budgets }: KeyView): Child {
  if (budgets.length === 0) return missing()
  return budgets
    .map(({ limit_usd: limit, period, hard }) => `$${limit}/${period}${hard ? '' : ' soft'}`)
    .join(', ')
}

function renderRevoke(key: KeyView, onRevoke: (key: KeyView) => void): Child {
  if (key.status === 'revoked' || key.declared !== null) return ''
  return create(
    'button',
    { type: 'button', class: 'danger', 'aria-label': `Revoke ${key.name}`, onclick: () => onRevoke(key) },
    'Revoke',
  )
}
