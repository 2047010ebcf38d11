// npm run conformance: real clients against the gateway, and its answers against OpenAI's published schemas.
//   --schemas PATH   the OpenAPI document with the schemas (github.com/openai/openai-openapi), as JSON; without it bodies are not checked
//   --write          writes docs/conformance.md

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createAiSdk } from './ai-sdk.ts'
import type { ConformanceClient } from './client.ts'
import { isKnownGap } from './known-gaps.ts'
import { createLangchain } from './langchain.ts'
import { createOpenAiNode } from './openai-node.ts'
import { createOpenAiPython } from './openai-python.ts'
import { loadOpenAiSchemas } from './openai-schemas.ts'
import { buildReport } from './report.ts'
import { type Outcome, runCases, startConformanceGateway } from './run-cases.ts'
import { watchVendorBodies } from './vendor-bodies.ts'
import { createWireWatch } from './wire-watch.ts'

const USAGE = 'npm run conformance -- [--schemas PATH] [--write]'

function orLeave<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`)
    return process.exit(2)
  }
}

const { values: options } = orLeave(() =>
  parseArgs({ options: { schemas: { type: 'string' }, write: { type: 'boolean', default: false } } }),
)
const schemas = orLeave(() => (options.schemas === undefined ? null : loadOpenAiSchemas(options.schemas)))
const watch = createWireWatch(schemas)
const python = await createOpenAiPython()
const clients: ConformanceClient[] = [
  createOpenAiNode(watch.fetch),
  createAiSdk(watch.fetch),
  createLangchain(watch.fetch),
  ...(python.client === null ? [] : [python.client]),
]
const gateway = await startConformanceGateway()
const outcomes: Outcome[] = []
let vendorBodies = 0
try {
  for (const path of ['/models', '/models/standard', '/models/nothing', '/nothing'])
    await (
      await watch.fetch(`${gateway.url}/v1${path}`, { headers: { authorization: `Bearer ${gateway.key}` } })
    ).text()
  for (const client of clients) outcomes.push(...(await runCases(gateway, client)))
  vendorBodies = await watchVendorBodies(watch)
} finally {
  for (const client of clients) await client.close()
  await watch.settled()
  await gateway.close()
}

const report = buildReport({
  clients,
  outcomes,
  notRun: python.reason === null ? [] : [{ name: 'openai (Python)', reason: python.reason }],
  watch,
  schemasVersion: schemas?.version ?? null,
  vendorBodies,
  day: new Date().toISOString().slice(0, 10),
})
process.stdout.write(report)
if (options.write) writeFileSync(join(import.meta.dirname, '../../docs/conformance.md'), report)
const failed = outcomes.filter(({ problem }) => problem !== null)
for (const { client, case: id, target, problem } of failed)
  process.stderr.write(`${client}, ${id}, ${target}: ${problem}\n`)
const wrong = [...watch.problems].filter(([problem]) => !isKnownGap(problem))
for (const [problem, times] of wrong) process.stderr.write(`${times} x ${problem}\n`)
process.exitCode = failed.length + wrong.length === 0 ? 0 : 1
