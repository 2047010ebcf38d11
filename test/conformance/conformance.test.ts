// A part of `npm run conformance` that is quick: the clients for Node, each through every case on one provider. And that the
// judge, the watch and the page can say no.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestGateway } from '../support/gateway.ts'
import { createAiSdk } from './ai-sdk.ts'
import { CASES } from './cases.ts'
import type { ConformanceClient } from './client.ts'
import { createLangchain } from './langchain.ts'
import { createOpenAiNode } from './openai-node.ts'
import { loadOpenAiSchemas } from './openai-schemas.ts'
import { buildReport } from './report.ts'
import { runCases, startConformanceGateway, TARGETS } from './run-cases.ts'
import { createWireWatch } from './wire-watch.ts'

const watch = createWireWatch(null)
let gateway: TestGateway
beforeAll(async () => {
  gateway = await startConformanceGateway()
})
afterAll(() => gateway.close())

const problemsOf = async (client: ConformanceClient, place: string): Promise<readonly string[]> => {
  const targets = TARGETS.filter(({ name }) => name === place)
  const outcomes = await runCases(gateway, client, { targets })
  expect(outcomes).toHaveLength(CASES.length)
  return outcomes.flatMap((outcome) =>
    outcome.problem === null ? [] : `${outcome.case}: ${outcome.problem}`,
  )
}

describe('a client passes every case', () => {
  it.each<{ client: ConformanceClient; target: string }>([
    { client: createOpenAiNode(watch.fetch), target: 'anthropic' },
    { client: createAiSdk(watch.fetch), target: 'deepseek' },
    { client: createLangchain(watch.fetch), target: 'own server' },
  ])('$client.name on $target', async ({ client, target }) => {
    expect(await problemsOf(client, target)).toEqual([])
    await watch.settled()
    expect([...watch.problems.keys()]).toEqual([])
  })
})

const WRONG_CALL = { name: 'get_weather', arguments: '{' }
/** Sees nothing, and no errors either. */
const blind: ConformanceClient = {
  name: 'blind',
  version: '0',
  errorNames: {},
  chat: () => Promise.resolve({ text: '', finish: 'stop', inputTokens: 1, outputTokens: 1 }),
  stream: () => Promise.resolve({ text: 'a', finish: 'stop', inputTokens: 1, outputTokens: 1, pieces: 1 }),
  tools: (_, isStream) =>
    Promise.resolve({
      calls: isStream ? [] : [WRONG_CALL, WRONG_CALL],
      text: 'a',
    }),
  structured: () => Promise.resolve({ city: 1 }),
  vision: () => Promise.resolve({ text: 'a', finish: 'length', inputTokens: 1, outputTokens: 1 }),
  abort: () => Promise.reject(new Error('cannot')),
  refusal: () => Promise.resolve({ status: 200, error: 'none' }),
  brokenStream: () => Promise.resolve({ status: null, error: 'none' }),
  close: () => Promise.resolve(),
}

it('a client that sees nothing passes none', async () => {
  expect(await problemsOf(blind, 'openai')).toEqual([
    'chat: no text',
    'stream: the text came in 1 piece',
    'tools: it called [{"name":"get_weather","arguments":"{"},{"name":"get_weather","arguments":"{"}]',
    'tools, streamed: it called []',
    'structured output: it is {"city":1}',
    'vision: it finished with "length"',
    'abort: cannot',
    'errors: a wrong key: none with 200 and not none with 401',
  ])
})

describe('bodies', () => {
  const folder = mkdtempSync(join(tmpdir(), 'farthing-schemas-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'schemas.json')
  const message = { type: 'object', properties: { error: { $ref: '#/components/schemas/Error' } } }
  const usage = { $ref: '#/components/schemas/Usage', nullable: true }
  writeFileSync(
    path,
    JSON.stringify({
      info: { version: '1' },
      components: {
        schemas: {
          ErrorResponse: { ...message, required: ['error'] },
          Error: { type: 'object', required: ['code'] },
          Model: { type: 'object', required: ['usage'], properties: { usage } },
          Usage: { type: 'object' },
        },
      },
    }),
  )
  const schemas = loadOpenAiSchemas(path)

  it('are held against the schemas, null where the document says nullable', () => {
    expect(schemas.problems('Model', { usage: null })).toEqual([])
    expect(schemas.problems('Model', { usage: {} })).toEqual([])
    expect(schemas.problems('Model', {})).toEqual([
      'Model must have required property \'usage\' {"missingProperty":"usage"}',
    ])
    expect(schemas.problems('ErrorResponse', { error: {} })).toHaveLength(1)
  })

  it('that are wrong stand on the page', async () => {
    const watched = createWireWatch(schemas)
    await watched.fetch(`${gateway.url}/v1/models/standard`, {
      headers: { authorization: `Bearer ${gateway.key}` },
    })
    await watched.settled()
    const page = buildReport({
      clients: [blind],
      outcomes: [{ client: 'blind', case: 'chat', target: 'openai', problem: 'no | text' }],
      notRun: [{ name: 'other', reason: 'it is not there' }],
      watch: watched,
      schemasVersion: schemas.version,
      vendorBodies: 0,
      day: '2026-11-25',
    })
    expect(page).toContain('| chat | not run | not run | not run | no \\| text | not run | not run |')
    expect(page).toContain('## other\n\nNot run: it is not there.\n')
    expect(page).toContain('| `Model` | Model must have required property')
  })
})
