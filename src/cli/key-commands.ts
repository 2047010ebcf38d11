// farthing keys create | list | update | revoke

import { cell, jsonText, readField, readList, timeCell } from './answer.ts'
import { BUDGET_OPTIONS, BUDGET_USAGE, readBudgetFields } from './budget-options.ts'
import { type Arguments, type Command, type CommandContext, readArguments, UsageError } from './command.ts'
import { withBackend } from './open-backend.ts'
import { formatTable } from './table.ts'

const FIELD_OPTIONS = {
  name: { type: 'string' },
  team: { type: 'string' },
  project: { type: 'string' },
  tag: { type: 'string', multiple: true },
  'request-tag': { type: 'string', multiple: true },
  allow: { type: 'string', multiple: true },
  deny: { type: 'string', multiple: true },
  jurisdiction: { type: 'string', multiple: true },
  'min-tier': { type: 'string' },
  'max-tier': { type: 'string' },
  baseline: { type: 'string' },
  'on-content-filter': { type: 'string' },
  ...BUDGET_OPTIONS,
  'expires-at': { type: 'string' },
} as const

const FIELD_USAGE = `
  --team TEAM             who pays
  --project PROJECT
  --tag NAME=VALUE        put on every request of the key; may be repeated, as may the next three
  --request-tag NAME=A,B  tags that a request may bring, and their values (NAME=: any); else every tag
  --allow MODEL           only these: a tier, an alias, provider/model or provider/*
  --deny MODEL            never these
  --jurisdiction NAME     requests stay in these
  --min-tier TIER         economy, standard, premium or frontier
  --max-tier TIER
  --baseline MODEL        provider/model that savings are measured against
  --on-content-filter DO  stop (the client hears of it) or next (another provider is asked)${BUDGET_USAGE}
  --expires-at WHEN       2027-01-31, 2027-01-31T12:00:00Z or seconds since 1970`

/** What an update can take back, and to what. */
const CLEARED: Readonly<Record<string, object>> = {
  team: { team: null },
  project: { project: null },
  tags: { tags: {} },
  allow: { models: { allow: null } },
  deny: { models: { deny: [] } },
  jurisdictions: { jurisdictions: null },
  'min-tier': { min_tier: null },
  'max-tier': { max_tier: null },
  'request-tags': { request_tags: null },
  baseline: { baseline: null },
  budgets: { budgets: [] },
  limits: { limits: null },
  'expires-at': { expires_at: null },
}

/** On two lines, as narrow as the rest. */
function listCleared(): string {
  const names = Object.keys(CLEARED)
  const half = Math.ceil(names.length / 2)
  return `${names.slice(0, half).join(', ')},\n                          ${names.slice(half).join(', ')}`
}

const create: Command = {
  name: 'keys create',
  summary: 'make a virtual key and print it, this once',
  usage: `  farthing keys create --name NAME [options]\n\n  --name NAME             what the key is for\n${FIELD_USAGE.slice(1)}`,
  examples: [
    'KEY=$(farthing keys create --name search --team search --budget 10/day --limit rpm=60)',
    'farthing keys create --name batch --max-tier standard --deny "anthropic/*"',
  ],
  async run(args, context) {
    const options = readArguments(args, FIELD_OPTIONS)
    if (options.text('name') === undefined) throw new UsageError('--name is missing')
    const key = await withBackend(context.env, (backend) => backend.createKey(readFields(options)))
    if (options.flag('json')) return context.out(jsonText(key))
    context.err(
      `${cell(readField(key, 'id'))} (${cell(readField(key, 'name'))}) is ready. Keep the key: it is not shown again.\n`,
    )
    context.out(`${cell(readField(key, 'key'))}\n`)
  },
}

const list: Command = {
  name: 'keys list',
  summary: 'all virtual keys: those declared in the configuration, then the others, oldest first',
  usage: '  farthing keys list',
  examples: ['farthing keys list', "farthing keys list --json | jq -r '.data[].id'"],
  async run(args, context) {
    const options = readArguments(args, {})
    const answer = await withBackend(context.env, (backend) => backend.listKeys())
    if (options.flag('json')) return context.out(jsonText(answer))
    printKeys(context, readList(answer, 'data'))
  },
}

const update: Command = {
  name: 'keys update',
  summary: 'change what a key may do, or who pays for it',
  usage: `  farthing keys update ID [options]\n\n  --name NAME${FIELD_USAGE}\n  --clear FIELD           takes one back; may be repeated:\n                          ${listCleared()}`,
  examples: ['farthing keys update key_7Jq2ZxN4mWc81LtR --budget 200/month --clear deny'],
  async run(args, context) {
    const options = readArguments(args, { ...FIELD_OPTIONS, clear: { type: 'string', multiple: true } }, [
      'ID',
    ])
    const body = merge(options.list('clear').map(readCleared), readFields(options))
    if (Object.keys(body).length === 0) throw new UsageError('nothing to change was given')
    const key = await withBackend(context.env, (backend) =>
      backend.updateKey(options.positionals[0] ?? '', body),
    )
    if (options.flag('json')) return context.out(jsonText(key))
    printKeys(context, [key])
  },
}

const revoke: Command = {
  name: 'keys revoke',
  summary: 'end a key, for good; every gateway knows within a second',
  usage: '  farthing keys revoke ID',
  examples: ['farthing keys revoke key_7Jq2ZxN4mWc81LtR'],
  async run(args, context) {
    const options = readArguments(args, {}, ['ID'])
    const key = await withBackend(context.env, (backend) => backend.revokeKey(options.positionals[0] ?? ''))
    if (options.flag('json')) return context.out(jsonText(key))
    printKeys(context, [key])
  },
}

const rotate: Command = {
  name: 'keys rotate',
  summary: 'make a new key for the same id and print it; the one before it is taken for a while',
  usage: `  farthing keys rotate ID [options]

  --overlap SECONDS       how long the one before it is taken still (else 86400, a day; 0: not at all)`,
  examples: ['farthing keys rotate key_7Jq2ZxN4mWc81LtR --overlap 3600'],
  async run(args, context) {
    const options = readArguments(args, { overlap: { type: 'string' } }, ['ID'])
    const overlap = options.text('overlap')
    if (overlap !== undefined && !/^\d{1,7}$/.test(overlap))
      throw new UsageError('--overlap takes a whole number of seconds')
    const body = overlap === undefined ? {} : { overlap_seconds: Number(overlap) }
    const key = await withBackend(context.env, (backend) =>
      backend.rotateKey(options.positionals[0] ?? '', body),
    )
    if (options.flag('json')) return context.out(jsonText(key))
    const until = readField(key, 'previous_key_until')
    context.err(
      `Keep the key: it is not shown again. The one before it ${until === null ? 'is not taken any more' : `is taken until ${timeCell(until)} UTC`}.\n`,
    )
    context.out(`${cell(readField(key, 'key'))}\n`)
  },
}

export const keyCommands: readonly Command[] = [create, list, update, rotate, revoke]

type KeyBody = Record<string, unknown> & { readonly models?: object }

/** Only what was given: the rest is not touched. */
function readFields(options: Arguments): KeyBody {
  const one = (name: string, field: string): object => {
    const value = options.text(name)
    return value === undefined ? {} : { [field]: value }
  }
  const many = (name: string, field: string): object => {
    const values = options.list(name)
    return values.length === 0 ? {} : { [field]: values }
  }
  const models = { ...many('allow', 'allow'), ...many('deny', 'deny') }
  const tags = options.list('tag').map(readTag)
  const requestTags = options.list('request-tag').map(readRequestTag)
  return {
    ...one('name', 'name'),
    ...one('team', 'team'),
    ...one('project', 'project'),
    ...(tags.length === 0 ? {} : { tags: Object.fromEntries(tags) }),
    ...(requestTags.length === 0 ? {} : { request_tags: Object.fromEntries(requestTags) }),
    ...(Object.keys(models).length === 0 ? {} : { models }),
    ...readBudgetFields(options),
    ...many('jurisdiction', 'jurisdictions'),
    ...one('min-tier', 'min_tier'),
    ...one('max-tier', 'max_tier'),
    ...one('baseline', 'baseline'),
    ...one('on-content-filter', 'on_content_filter'),
    ...one('expires-at', 'expires_at'),
  }
}

function readTag(text: string): readonly [string, string] {
  const split = text.indexOf('=')
  if (split < 1) throw new UsageError(`--tag must look like NAME=VALUE, not "${text}"`)
  return [text.slice(0, split), text.slice(split + 1)]
}

function readRequestTag(text: string): readonly [string, readonly string[] | null] {
  const split = text.indexOf('=')
  if (split < 1) throw new UsageError(`--request-tag must look like NAME=A,B or NAME=, not "${text}"`)
  const values = text.slice(split + 1)
  return [text.slice(0, split), values === '' ? null : values.split(',')]
}

function readCleared(field: string): KeyBody {
  const cleared = Object.hasOwn(CLEARED, field) ? CLEARED[field] : undefined
  if (cleared === undefined) throw new UsageError(`--clear takes one of ${Object.keys(CLEARED).join(', ')}`)
  return { ...cleared }
}

function merge(cleared: readonly KeyBody[], fields: KeyBody): KeyBody {
  return [...cleared, fields].reduce(
    (body, part) => ({
      ...body,
      ...part,
      ...(body.models === undefined && part.models === undefined
        ? {}
        : { models: { ...body.models, ...part.models } }),
    }),
    {},
  )
}

function printKeys({ out, style }: CommandContext, keys: readonly unknown[]): void {
  const columns = ['ID', 'NAME', 'KEY', 'STATUS', 'TEAM', 'PROJECT', 'CREATED', 'EXPIRES'].map((title) => ({
    title,
  }))
  const rows = keys.map((key) => [
    cell(readField(key, 'id')),
    cell(readField(key, 'name')),
    readField(key, 'hint') === null ? cell(null) : `fth_…${cell(readField(key, 'hint'))}`,
    cell(readField(key, 'status')),
    cell(readField(key, 'team')),
    cell(readField(key, 'project')),
    typeof readField(key, 'declared') === 'string'
      ? 'declared'
      : timeCell(readField(key, 'created_at')).slice(0, 10),
    timeCell(readField(key, 'expires_at')).slice(0, 10),
  ])
  out(formatTable(columns, rows, style))
}
