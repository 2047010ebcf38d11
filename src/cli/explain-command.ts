// farthing explain

import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { type Answer, cell, countCell, jsonText, readField, readList, usdCell } from './answer.ts'
import {
  type Arguments,
  type Command,
  type CommandContext,
  EXIT_FAILED,
  readArguments,
  UsageError,
} from './command.ts'
import { askExplanation } from './open-backend.ts'
import { formatTable, printable } from './table.ts'

/** One token of a cheap model costs hundredths of a millionth of a dollar. */
const USD_DECIMALS = 9

export const explainCommand: Command = {
  name: 'explain',
  summary: 'what would be chosen for a request, and why, without sending it',
  usage: `  farthing explain [--model MODEL] --file FILE [options]
  farthing explain --model MODEL --prompt TEXT [options]

  --model MODEL      a tier, auto, an alias or provider/model; instead of the request's own
  --file FILE        the request as a client would send it, as JSON; - reads it from standard input
  --prompt TEXT      a request of one message
  --key ID           for this virtual key, with its rules; else for one that may do anything
  --all              list every route, also those that cannot serve it
  --all-providers    without a gateway: as if each provider that is not disabled had its key

  A running gateway (FARTHING_URL) answers with all that it knows now: circuits, caches, what it learned. Without
  one the configuration alone decides. Exit code 1: no route can serve the request.`,
  examples: [
    'farthing explain --model auto --file request.json',
    'farthing explain --model economy --prompt "What is a farthing?" --all-providers',
    'farthing explain --file request.json --key key_7Jq2ZxN4mWc81LtR --json | jq -r .route',
  ],
  async run(args, context) {
    const options = readArguments(args, {
      model: { type: 'string' },
      file: { type: 'string' },
      prompt: { type: 'string' },
      key: { type: 'string' },
      all: { type: 'boolean' },
      'all-providers': { type: 'boolean' },
    })
    const explanation = await askExplanation(context.env, {
      raw: await readRequest(options),
      keyId: options.text('key') ?? null,
      allProviders: options.flag('all-providers'),
    })
    if (options.flag('json')) context.out(jsonText(explanation))
    else print(context, explanation, options.flag('all'))
    return readField(explanation, 'refusal') === null ? undefined : EXIT_FAILED
  },
}

async function readRequest(options: Arguments): Promise<Buffer> {
  const file = options.text('file')
  const prompt = options.text('prompt')
  const model = options.text('model')
  if ((file === undefined) === (prompt === undefined)) throw new UsageError('give --file or --prompt')
  if (prompt !== undefined) {
    if (model === undefined) throw new UsageError('--prompt needs --model')
    return Buffer.from(JSON.stringify({ model, messages: [{ role: 'user', content: prompt }] }))
  }
  const raw = file === '-' ? await buffer(process.stdin) : await readFile(file ?? '')
  return model === undefined ? raw : withModel(raw, model)
}

/** What is no JSON object goes on as it is: the gateway says what is wrong with it. */
function withModel(raw: Buffer, model: string): Buffer {
  try {
    const body: unknown = JSON.parse(raw.toString())
    if (typeof body === 'object' && body !== null && !Array.isArray(body))
      return Buffer.from(JSON.stringify({ ...body, model }))
  } catch {
    // Falls through.
  }
  return raw
}

function print({ out, err, style }: CommandContext, explanation: Answer, showsAll: boolean): void {
  const field = (...path: readonly string[]): unknown => readField(explanation, ...path)
  const refusal = field('refusal', 'message')
  const capabilities = readList(field('needs'), 'capabilities').map(String)
  const facts: readonly (readonly [string, string])[] = [
    ['request', `${cell(field('requested_model'))}, routed at tier ${cell(field('tier'))}`],
    ['needs', capabilities.length === 0 ? 'nothing but text' : capabilities.join(', ')],
    ...(typeof refusal === 'string' ? [['refused', refusal] as const] : chosenFacts(explanation)),
  ]
  out(facts.map(([name, value]) => `${name.padEnd(12)} ${printable(value)}\n`).join(''))
  const candidates = readList(explanation, 'candidates')
  const eligible = candidates.filter((one) => readField(one, 'verdict') !== 'ineligible')
  const others = candidates.filter((one) => readField(one, 'verdict') === 'ineligible')
  const shown = showsAll ? candidates : eligible.slice(0, SHOWN)
  if (shown.length > 0) out(`\n${formatTable(COLUMNS, shown.map(rowOf), style)}`)
  if (showsAll) return
  const dearer = eligible.length - shown.length
  const left = [
    ...(dearer > 0 ? [`${dearer} more could serve it`] : []),
    ...(others.length > 0 ? [`${others.length} cannot (${countReasons(others)})`] : []),
  ]
  if (left.length > 0) err(`\n${left.join('; ')}. --all lists them.\n`)
  if (candidates.every((one) => reasonsOf(one).includes('off')))
    err('No provider has its key here; --all-providers asks as if each had.\n')
}

function chosenFacts(explanation: Answer): readonly (readonly [string, string])[] {
  const field = (...path: readonly string[]): unknown => readField(explanation, ...path)
  const expected = (name: string): unknown => field('expected', name)
  const dropped = readList(explanation, 'dropped').map(String)
  return [
    ['chosen', `${cell(field('route'))}, ${cell(field('reason')).replaceAll('_', ' ')}`],
    [
      'expected',
      `${usdCell(expected('expected_cost_usd'), USD_DECIMALS)} USD, at worst ${usdCell(expected('worst_case_cost_usd'), USD_DECIMALS)}`,
    ],
    [
      'saved',
      `${usdCell(expected('saved_usd'), USD_DECIMALS)} USD against ${cell(expected('baseline_model'))}`,
    ],
    ...(dropped.length === 0 ? [] : [['left out', dropped.join(', ')] as const]),
  ]
}

/** The first of them; others are rarely come to. */
const SHOWN = 10

const COLUMNS = [
  { title: 'ROUTE' },
  { title: 'TIER' },
  ...['INPUT', 'CACHED', 'OUTPUT', 'EXPECTED USD', 'WORST USD'].map((title) => ({
    title,
    align: 'right' as const,
  })),
  { title: 'VERDICT' },
  { title: 'REASON' },
]

function rowOf(candidate: unknown): readonly string[] {
  const field = (name: string): unknown => readField(candidate, name)
  return [
    cell(field('route')),
    cell(field('tier')),
    countCell(field('input_tokens')),
    countCell(field('cached_tokens')),
    countCell(field('output_tokens')),
    usdCell(field('expected_cost_usd'), USD_DECIMALS),
    usdCell(field('worst_case_cost_usd'), USD_DECIMALS),
    cell(field('verdict')),
    reasonsOf(candidate).join(', ') || '-',
  ]
}

function reasonsOf(candidate: unknown): readonly string[] {
  return readList(candidate, 'reasons').map(String)
}

/** By the first of each, the commonest first. */
function countReasons(candidates: readonly unknown[]): string {
  const counts = new Map<string, number>()
  for (const candidate of candidates) {
    const [reason = 'unknown'] = reasonsOf(candidate)
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  return [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ')
}
