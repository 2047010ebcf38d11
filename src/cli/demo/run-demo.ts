// The demonstration from its first line to its last: requests, spend, books.

import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import OpenAI from 'openai'
import type { Answer } from '../answer.ts'
import { readField } from '../answer.ts'
import { type AdminClient, createAdminClient } from './admin-client.ts'
import { compareBooks, formatComparison } from './compare-books.ts'
import { createRowFormat } from './row.ts'
import { sendStep } from './send-step.ts'
import { formatSpend } from './spend-tables.ts'
import { type Stage, setStage } from './stage.ts'
import type { Outcome, Past, Step } from './step.ts'
import type { Terminal } from './terminal.ts'
import { WORKLOAD } from './workload.ts'

export interface DemoOptions {
  /** Leave everything running until it is stopped. */
  readonly keep: boolean
  /** Aborts when it is to stop, in the middle too. */
  readonly stopped: AbortSignal
}

/** What a shell calls a command that was interrupted. */
const EXIT_INTERRUPTED = 130

/** Resolves to the exit code: 0 when every request went as it should and the books agree. */
export async function runDemo(terminal: Terminal, { keep, stopped }: DemoOptions): Promise<number> {
  const startedAtMs = performance.now()
  const stage = await setStage()
  try {
    const admin = createAdminClient(stage.url, stage.adminKey)
    const apiKey = await admin.createKey({ name: 'demo', team: 'demo', tags: { feature: 'demo' } })
    terminal.line(`Farthing at ${stage.url}, in front of five simulated providers.`)
    terminal.line(
      `${WORKLOAD.length} requests through the official openai client; µUSD = millionths of a dollar.`,
    )
    const client = new OpenAI({ baseURL: `${stage.url}/v1`, apiKey, maxRetries: 0 })
    const surprises = await sendAll(terminal, { stage, admin, client, stopped })
    if (stopped.aborted) return EXIT_INTERRUPTED
    const agrees = await report(terminal, stage, admin)
    for (const surprise of surprises) terminal.line(terminal.bad(surprise))
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1)
    terminal.line(`${WORKLOAD.length} requests in ${seconds} s`)
    if (keep) {
      announce(terminal, stage, apiKey)
      if (!stopped.aborted) await once(stopped, 'abort')
    }
    return agrees && surprises.length === 0 ? 0 : 1
  } finally {
    await stage.close()
  }
}

interface Cast {
  readonly stage: Stage
  readonly admin: AdminClient
  readonly client: OpenAI
  readonly stopped: AbortSignal
}

/** One after the other, so that caches fill in a known order. Returns what did not go as it should. */
async function sendAll(
  terminal: Terminal,
  { stage, admin, client, stopped }: Cast,
): Promise<readonly string[]> {
  const surprises: string[] = []
  const { past, remember } = createPast()
  terminal.line()
  const format = createRowFormat(terminal.columns)
  terminal.line(terminal.bold(format.header()))
  for (const [index, step] of WORKLOAD.entries()) {
    if (stopped.aborted) break
    step.before?.(stage.fleet, past)
    const body = step.body(past)
    const outcome = await sendStep(client, step, body)
    const details = outcome.code === null ? await bookedRequest(admin, outcome.requestId) : null
    remember(step, outcome, details)
    const row = format.row({ number: index + 1, step, asked: body.model, outcome, details })
    terminal.line(outcome.code === null ? row : terminal.dim(row))
    const surprise = surpriseOf(step, outcome, details)
    if (surprise !== null) surprises.push(`request ${index + 1}, ${step.title}: ${surprise}`)
  }
  return surprises
}

function surpriseOf(step: Step, outcome: Outcome, details: Answer | null): string | null {
  if (outcome.code !== (step.refusedWith ?? null))
    return `expected ${step.refusedWith ?? 'an answer'}, got ${outcome.status} ${outcome.code ?? ''}`
  if (outcome.code !== null) return null
  if (details === null) return 'it is not in the ledger'
  const cost = readField(details, 'cost_usd')
  return outcome.toldCostUsd === null || outcome.toldCostUsd === cost
    ? null
    : `the client was told ${outcome.toldCostUsd} USD, the ledger has ${String(cost)}`
}

/** A request is booked after its client has the answer, so it may take a moment to appear. */
async function bookedRequest(admin: AdminClient, id: string): Promise<Answer | null> {
  for (let tries = 0; tries < 100; tries++) {
    const details = await admin.request(id)
    if (details !== null) return details
    await delay(10)
  }
  return null
}

function createPast(): {
  past: Past
  remember: (step: Step, outcome: Outcome, details: Answer | null) => void
} {
  const outcomes = new Map<string, { outcome: Outcome; details: Answer | null }>()
  const find = (title: string): { outcome: Outcome; details: Answer | null } => {
    const found = outcomes.get(title)
    if (found === undefined) throw new Error(`nothing called "${title}" was sent before`)
    return found
  }
  return {
    past: {
      answerTo: (title) => find(title).outcome.message ?? { role: 'assistant', content: '' },
      providerOf: (title) => String(readField(find(title).details, 'provider')),
    },
    remember: (step, outcome, details) => void outcomes.set(step.title, { outcome, details }),
  }
}

/** Prints spend and books; false when they differ. */
async function report(terminal: Terminal, { fleet }: Stage, admin: AdminClient): Promise<boolean> {
  const byProvider = await admin.spend('provider')
  terminal.heading('Spend by provider, USD (GET /admin/spend?group_by=provider)')
  terminal.line(formatSpend(byProvider, 'provider').trimEnd())
  terminal.heading('Spend by tier, USD')
  terminal.line(formatSpend(await admin.spend('tier'), 'tier').trimEnd())

  const comparison = compareBooks(byProvider, fleet.books())
  terminal.heading("The gateway's ledger against the providers' own books")
  terminal.line(formatComparison(comparison).trimEnd())
  terminal.line()
  terminal.line(
    comparison.agrees
      ? terminal.good('Difference: 0')
      : terminal.bad('The ledger and the books differ: see the table above.'),
  )
  return comparison.agrees
}

function announce(terminal: Terminal, { url, adminKey, fleet }: Stage, apiKey: string): void {
  terminal.heading('Left running; Ctrl-C stops it')
  terminal.line(`base URL   ${url}/v1`)
  terminal.line(`key        ${apiKey}`)
  terminal.line(`metrics    ${url}/metrics`)
  terminal.line(`page       ${url}/ui`)
  terminal.line(`admin      ${url}/admin/spend`)
  terminal.line(`admin key  ${adminKey}`)
  terminal.heading('Try it')
  terminal.line(`curl ${url}/v1/chat/completions \\`)
  terminal.line(`  -H "authorization: Bearer ${apiKey}" \\`)
  terminal.line(`  -H "content-type: application/json" \\`)
  terminal.line(`  -d '{"model": "standard", "messages": [{"role": "user", "content": "Hello?"}]}'`)
  terminal.heading('To point a gateway of your own at these simulated providers')
  for (const [name, value] of Object.entries(fleet.environment)) terminal.line(`export ${name}=${value}`)
}
