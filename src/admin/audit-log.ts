// Who changed what: every change that an operator makes is written down behind those before it, and none is taken back.

import { z } from 'zod'
import { strictInput } from '../access/strict-input.ts'
import type { Clock } from '../core/clock.ts'
import type { AuditStore } from '../ledger/store.ts'
import type { BudgetAdmin } from './budget-admin.ts'
import type { ContentAdmin } from './content-admin.ts'
import { fromStore } from './from-store.ts'
import type { KeyAdmin } from './key-admin.ts'
import { parseInput } from './parse-input.ts'

/** Where a change came from. */
export type Actor = 'admin_api' | 'command_line'

export const AUDIT_ACTIONS = [
  'key.create',
  'key.update',
  'key.rotate',
  'key.revoke',
  'budget.set',
  'budget.remove',
  'budget.reset',
  'configuration.reload',
  'content.read',
  'content.delete',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

export interface AuditEntry {
  readonly at: string
  readonly actor: Actor
  readonly action: AuditAction
  /** An id of a key or of a request, `team:search`, or what was reloaded. */
  readonly target: string
  /** What was asked for. Never a key itself. */
  readonly change: unknown
}

export interface AuditPage {
  readonly object: 'list'
  /** Newest first. */
  readonly data: readonly (AuditEntry & { readonly id: string })[]
  readonly has_more: boolean
  readonly next_cursor: string | null
}

export interface AuditLog {
  readonly record: (action: AuditAction, target: string, change?: unknown) => Promise<void>
  /** `query` as it came. */
  readonly list: (query: unknown) => Promise<AuditPage>
  /** When the budgets of a scope were reset last; null: nobody knows of it. */
  readonly lastResetMs: (scope: string, name: string) => Promise<number | null>
}

export interface AuditLogOptions {
  readonly store: AuditStore
  readonly clock: Clock
  readonly actor: Actor
}

const MAX_LIMIT = 500
const DEFAULT_LIMIT = 50
/** Entries that are looked through for one page, or for a reset. */
const LONGEST_WALK = 10_000

const LIMIT_RULE = `must be a whole number from 1 to ${MAX_LIMIT}`

const querySchema = strictInput(
  {
    limit: z
      .string(LIMIT_RULE)
      .regex(/^\d{1,3}$/, LIMIT_RULE)
      .refine((text) => Number(text) >= 1 && Number(text) <= MAX_LIMIT, LIMIT_RULE)
      .exactOptional(),
    cursor: z.string('must be given once').exactOptional(),
    action: z.enum(AUDIT_ACTIONS, `must be one of ${AUDIT_ACTIONS.join(', ')}`).exactOptional(),
    target: z.string('must be given once').exactOptional(),
  },
  { wanted: 'The query must be an object' },
)

export function createAuditLog({ store, clock, actor }: AuditLogOptions): AuditLog {
  /** Newest first, from `cursor` on, at most `limit` that fit. */
  const find = async (
    { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
    fits: (entry: AuditEntry) => boolean,
  ): Promise<AuditPage> => {
    const data: AuditPage['data'][number][] = []
    let before = cursor
    for (let seen = 0; seen < LONGEST_WALK; seen += MAX_LIMIT) {
      const some = await fromStore(store.auditBefore(before, MAX_LIMIT))
      for (const { id, entry } of some) {
        const parsed: AuditEntry = JSON.parse(entry)
        if (fits(parsed)) {
          if (data.length === limit)
            return { object: 'list', data, has_more: true, next_cursor: data.at(-1)?.id ?? null }
          data.push({ id, ...parsed })
        }
        before = id
      }
      if (some.length < MAX_LIMIT) return { object: 'list', data, has_more: false, next_cursor: null }
    }
    return { object: 'list', data, has_more: true, next_cursor: before }
  }
  return {
    async record(action, target, change = null) {
      const at = new Date(clock.now()).toISOString()
      const entry: AuditEntry = { at, actor, action, target, change }
      await fromStore(store.appendAudit(JSON.stringify(entry)))
    },
    async list(input) {
      const { limit, cursor = null, action, target } = parseInput(querySchema, input)
      return find(
        { cursor, limit: limit === undefined ? DEFAULT_LIMIT : Number(limit) },
        (entry) =>
          (action === undefined || entry.action === action) &&
          (target === undefined || entry.target === target),
      )
    },
    async lastResetMs(scope, name) {
      const { data } = await find(
        { cursor: null, limit: 1 },
        ({ action, target }) => action === 'budget.reset' && target === `${scope}:${name}`,
      )
      return data[0] === undefined ? null : Date.parse(data[0].at)
    },
  }
}

/** Each change is written down when it is made: one that is refused changes nothing. */
export function auditKeys(keys: KeyAdmin, audit: AuditLog): KeyAdmin {
  return {
    ...keys,
    async create(body) {
      const created = await keys.create(body)
      await audit.record('key.create', created.id, body)
      return created
    },
    async patch(id, body) {
      const changed = await keys.patch(id, body)
      await audit.record('key.update', id, body)
      return changed
    },
    async rotate(id, body) {
      const rotated = await keys.rotate(id, body)
      await audit.record('key.rotate', id, body)
      return rotated
    },
    async revoke(id) {
      const revoked = await keys.revoke(id)
      await audit.record('key.revoke', id)
      return revoked
    },
  }
}

/** To read what somebody asked is a thing to be known, as a change is. */
export function auditContent(content: ContentAdmin, audit: AuditLog): ContentAdmin {
  return {
    async read(team, requestId) {
      const kept = await content.read(team, requestId)
      if (kept !== null) await audit.record('content.read', requestId)
      return kept
    },
    async forget(requestId) {
      const forgotten = await content.forget(requestId)
      await audit.record('content.delete', requestId, forgotten)
      return forgotten
    },
    async forgetTeam(team) {
      const forgotten = await content.forgetTeam(team)
      await audit.record('content.delete', `team:${team}`, forgotten)
      return forgotten
    },
  }
}

export function auditBudgets(budgets: BudgetAdmin, audit: AuditLog): BudgetAdmin {
  return {
    ...budgets,
    async put(scope, name, body) {
      const changed = await budgets.put(scope, name, body)
      await audit.record('budget.set', `${scope}:${name}`, body)
      return changed
    },
    async remove(scope, name) {
      const changed = await budgets.remove(scope, name)
      await audit.record('budget.remove', `${scope}:${name}`)
      return changed
    },
    async reset(scope, name) {
      const changed = await budgets.reset(scope, name)
      await audit.record('budget.reset', `${scope}:${name}`)
      return changed
    },
  }
}
