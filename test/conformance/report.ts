// The page: a table for each client, and what its answers were held against.

import { CASES } from './cases.ts'
import type { ConformanceClient } from './client.ts'
import { isKnownGap, KNOWN_GAPS } from './known-gaps.ts'
import { type Outcome, TARGETS } from './run-cases.ts'
import type { WireWatch } from './wire-watch.ts'

export interface ReportInput {
  readonly clients: readonly Pick<ConformanceClient, 'name' | 'version'>[]
  readonly outcomes: readonly Outcome[]
  /** Clients that could not be had, with the reason. */
  readonly notRun: readonly { readonly name: string; readonly reason: string }[]
  readonly watch: Pick<WireWatch, 'counts' | 'problems'>
  /** Null: bodies were not held against anything. */
  readonly schemasVersion: string | null
  /** Of the fixtures. */
  readonly vendorBodies: number
  readonly day: string
}

export function buildReport(input: ReportInput): string {
  const { clients, notRun, day } = input
  return `# Conformance

Real clients against a running gateway in front of the simulated providers of \`src/simulator/fleet.ts\`, each by a pinned model.
Written by \`npm run conformance -- --schemas PATH --write\` on ${day}; what is not ✓ says what was seen instead.

| case | |
| --- | --- |
${CASES.map(({ id, about }) => `| ${id} | ${about} |`).join('\n')}

| provider | model |
| --- | --- |
${TARGETS.map(({ name, model }) => `| ${name} | \`${model}\` |`).join('\n')}

${clients.map((client) => `${clientTable(client, input)}\n`).join('')}${notRun
  .map(({ name, reason }) => `## ${name}\n\nNot run: ${reason}.\n\n`)
  .join('')}${wireTable(input)}`
}

function clientTable({ name, version }: ReportInput['clients'][number], { outcomes }: ReportInput): string {
  const rows = CASES.map(({ id }) => {
    const cells = TARGETS.map((target) => {
      const found = outcomes.find(
        (outcome) => outcome.client === name && outcome.case === id && outcome.target === target.name,
      )
      return found === undefined ? 'not run' : (found.problem ?? '✓')
    })
    return `| ${id} | ${cells.map(cellText).join(' | ')} |`
  })
  return `## ${name} ${version}

| | ${TARGETS.map((target) => target.name).join(' | ')} |
| --- | ${TARGETS.map(() => '---').join(' | ')} |
${rows.join('\n')}
`
}

function cellText(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').slice(0, 120)
}

function wireTable({ watch, schemasVersion, vendorBodies }: ReportInput): string {
  if (schemasVersion === null) return '## Bodies\n\nNot held against any schema in this run.\n'
  const problems = [...watch.problems.keys()]
  const rows = [...watch.counts.keys()]
    .toSorted((one, other) => one.localeCompare(other, 'en'))
    .map((name) => {
      const wrong = problems.filter((problem) => problem.startsWith(name) && !isKnownGap(problem))
      return `| \`${name}\` | ${wrong.length === 0 ? '✓' : cellText(wrong.join('; '))} |`
    })
  const gaps = KNOWN_GAPS.filter(({ problem }) => problems.some((seen) => problem.test(seen)))
  return `## Bodies

Every body that the clients for Node got, chunk by chunk, was held against OpenAI's published schemas (OpenAPI document
${schemasVersion}), and so was what becomes of ${vendorBodies} answers and streams in the shapes of the vendors and of vLLM, llama.cpp and
Ollama (\`test/fixtures\`), errors and streams that break off among them. Every answer has an \`x-request-id\`.

| schema | |
| --- | --- |
${rows.join('\n')}
${gaps.length === 0 ? '' : `\nWhat differs from the document all the same:\n\n${gaps.map(({ about, reason }) => `- ${about}: ${reason}.`).join('\n')}\n`}`
}
