// Who may import whom, and a few rules that keep the folders worth their names. Each rule is shown able to fail.

import { globSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Import, packageOf, readImports } from './support/read-imports.ts'

/** What a folder may import besides itself; `types of x` allows only `import type`. `core` imports nothing at all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  openai: ['core'],
  catalog: ['core'],
  // The keys of a file are checked, and hashed, as those of the admin API.
  config: ['core', 'catalog', 'access'],
  providers: ['core', 'openai'],
  upstream: ['core'],
  routing: ['core', 'catalog', 'types of openai'],
  ledger: ['core'],
  budgets: ['core', 'ledger'],
  access: ['core', 'ledger', 'budgets'],
  chat: [
    'core',
    'openai',
    'catalog',
    'types of config',
    'providers',
    'upstream',
    'routing',
    'ledger',
    'budgets',
    'access',
  ],
  // What is sampled goes by as a client's reply does, and is kept in the store.
  content: ['core', 'providers', 'ledger', 'access', 'types of chat'],
  telemetry: ['core'],
  // Decisions are stored as text, and routing knows how to read them.
  admin: ['core', 'catalog', 'ledger', 'budgets', 'access', 'routing', 'content'],
  // The page is served as files.
  workers: [],
  http: ['core', 'openai', 'access', 'admin', 'chat', 'ui'],
  // It makes plans itself, where there is no gateway to ask.
  cli: [
    'core',
    'config',
    'ledger',
    'budgets',
    'access',
    'content',
    'admin',
    'chat',
    'simulator',
    'app.ts',
    'main.ts',
  ],
  simulator: ['core', 'openai'],
  // It runs in browsers, where there is nothing else; what /admin answers is known to it as types.
  ui: ['types of core', 'types of admin'],
}

/** The two files of the root, which put the others together. */
const ROOT_FILES = ['app.ts', 'main.ts']

/** Where a package may be imported, as prefixes of paths in src. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  // It makes code of a stranger's schema: in a thread that can be ended, and nowhere else.
  ajv: ['chat/schema-worker.ts'],
  '@opentelemetry/api': ['telemetry/otlp/'],
  '@opentelemetry/exporter-metrics-otlp-http': ['telemetry/otlp/'],
  '@opentelemetry/exporter-trace-otlp-http': ['telemetry/otlp/'],
  '@opentelemetry/resources': ['telemetry/otlp/'],
  '@opentelemetry/sdk-metrics': ['telemetry/otlp/'],
  '@opentelemetry/sdk-trace': ['telemetry/otlp/'],
  fastify: ['http/', 'app.ts'],
  'fastify-plugin': ['http/'],
  ioredis: ['ledger/redis/'],
  'node:sqlite': ['ledger/embedded/'],
  openai: ['cli/demo/'],
  pino: ['telemetry/', 'types in app.ts'],
  'prom-client': ['telemetry/'],
  uplot: ['ui/'],
  'safe-regex2': ['config/'],
  undici: ['upstream/', 'cli/'],
  yaml: ['catalog/', 'config/', 'cli/'],
  // Parsing happens at borders: files, requests, stored documents.
  zod: ['access/', 'admin/', 'budgets/', 'catalog/', 'config/', 'ledger/', 'openai/', 'routing/decision.ts'],
}

const MEANINGLESS_NAME = /(?:^|[-/])(?:utils?|helpers?|common|shared|misc|types|index)(?:[-./]|$)/
const MAX_CODE_LINES = 300

/** `path` is relative to src. */
function findViolations(path: string, text: string): string[] {
  const found = readImports(text).flatMap((one) =>
    one.from.startsWith('.') ? checkRelative(path, one) : checkPackage(path, one),
  )
  if (!path.includes('/') && !ROOT_FILES.includes(path)) found.push('stands in the root of src')
  if (path.includes('/') && MAY_IMPORT[folderOf(path)] === undefined)
    found.push(`folder ${folderOf(path)} is not in the table`)
  if (MEANINGLESS_NAME.test(path)) found.push('has a name that says nothing')
  if (/\bprocess\.env\b/.test(text) && path !== 'main.ts' && !path.startsWith('cli/'))
    found.push('reads process.env')
  if (/^export default\b/m.test(text)) found.push('has a default export')
  const lines = countCodeLines(text)
  if (lines > MAX_CODE_LINES) found.push(`has ${lines} lines of code`)
  return found.map((what) => `${path}: ${what}`)
}

function folderOf(path: string): string {
  return path.split('/')[0] ?? path
}

function checkRelative(path: string, { from, isTypeOnly }: Import): string[] {
  const own = folderOf(path)
  const target = normalize(join(path, '..', from))
  if (target.startsWith('..')) return [`imports ${from}, outside src`]
  const other = folderOf(target)
  if (own === other || ROOT_FILES.includes(own)) return []
  const allowed = MAY_IMPORT[own] ?? []
  if (allowed.includes(other) || (isTypeOnly && allowed.includes(`types of ${other}`))) return []
  return [`imports ${other}`]
}

function checkPackage(path: string, { from, isTypeOnly }: Import): string[] {
  if (folderOf(path) === 'core') return [`imports ${from}`]
  const name = from.startsWith('node:') ? from : packageOf(from)
  const places = PACKAGES[name]
  if (places === undefined) return name.startsWith('node:') ? [] : [`imports ${name}, which no rule allows`]
  const isAllowed = places.some(
    (place) => path.startsWith(place) || (isTypeOnly && place === `types in ${path}`),
  )
  return isAllowed ? [] : [`imports ${name}`]
}

/** Neither blank nor only comment, as the linter counts. */
function countCodeLines(text: string): number {
  const withoutBlocks = text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '')
  return withoutBlocks.split('\n').filter((line) => line.trim() !== '' && !/^\s*\/\//.test(line)).length
}

describe('src', () => {
  const files = globSync('src/**/*.ts').map((path) => path.replaceAll('\\', '/').slice('src/'.length))

  it('keeps to the table', () => {
    expect(files.length).toBeGreaterThan(50)
    const violations = files.flatMap((path) => findViolations(path, readFileSync(join('src', path), 'utf8')))
    expect(violations).toEqual([])
  })

  it('has no name in the table that no longer exists', () => {
    const folders = new Set(files.filter((path) => path.includes('/')).map(folderOf))
    expect(Object.keys(MAY_IMPORT).filter((folder) => !folders.has(folder))).toEqual([])
  })

  it('is described folder by folder in docs/architecture.md', () => {
    const rows = readFileSync('docs/architecture.md', 'utf8').matchAll(/^\| `(\w+)` \|/gm)
    expect(new Set(Array.from(rows, (row) => row[1]))).toEqual(new Set(Object.keys(MAY_IMPORT)))
  })
})

describe('the rules can fail', () => {
  it.each([
    ['core/money.ts', "import { x } from '../openai/chat-request.ts'", 'imports openai'],
    ['core/money.ts', "import { hash } from 'node:crypto'", 'imports node:crypto'],
    ['routing/plan.ts', "import { parse } from '../openai/parse-chat-request.ts'", 'imports openai'],
    ['chat/complete.ts', "import {\n  type A,\n  b,\n} from '../http/server.ts'", 'imports http'],
    ['chat/complete.ts', "import { loadConfig } from '../config/load-config.ts'", 'imports config'],
    ['providers/deepseek.ts', "export { send } from '../upstream/exchange.ts'", 'imports upstream'],
    ['providers/deepseek.ts', "const { send } = await import('../upstream/exchange.ts')", 'imports upstream'],
    ['providers/deepseek.ts', "import '../app.ts'", 'imports app.ts'],
    ['ledger/embedded/worker.ts', "new URL('../../chat/settle.ts', import.meta.url)", 'imports chat'],
    [
      'http/server.ts',
      "import { run } from '../../test/gateway.ts'",
      'imports ../../test/gateway.ts, outside src',
    ],
    ['access/keys.ts', "import { Redis } from 'ioredis'", 'imports ioredis'],
    ['ledger/embedded/store.ts', "import { Redis } from 'ioredis'", 'imports ioredis'],
    ['ledger/spool.ts', "import { DatabaseSync } from 'node:sqlite'", 'imports node:sqlite'],
    ['chat/meter.ts', "import { Counter } from 'prom-client'", 'imports prom-client'],
    ['app.ts', "import { pino } from 'pino'", 'imports pino'],
    ['chat/complete.ts', "import type { FastifyReply } from 'fastify'", 'imports fastify'],
    ['http/server.ts', "import { Agent } from 'undici'", 'imports undici'],
    ['upstream/pools.ts', "import { z } from 'zod'", 'imports zod'],
    ['cli/keys.ts', "import OpenAI from 'openai'", 'imports openai'],
    ['http/server.ts', "import cors from '@fastify/cors'", 'imports @fastify/cors, which no rule allows'],
    ['billing/invoice.ts', '', 'folder billing is not in the table'],
    ['start.ts', '', 'stands in the root of src'],
    ['core/money-utils.ts', '', 'has a name that says nothing'],
    ['openai/types.ts', '', 'has a name that says nothing'],
    ['http/routes/index.ts', '', 'has a name that says nothing'],
    ['config/shared/defaults.ts', '', 'has a name that says nothing'],
    ['app.ts', 'const port = process.env.PORT', 'reads process.env'],
    ['chat/complete.ts', 'export default complete', 'has a default export'],
    ['chat/complete.ts', 'run()\n'.repeat(301), 'has 301 lines of code'],
  ])('%s: %j', (path, text, expected) => {
    expect(findViolations(path, text)).toEqual([`${path}: ${expected}`])
  })

  it.each([
    ['routing/plan.ts', "import type { ChatRequest } from '../openai/chat-request.ts'"],
    ['app.ts', "import type { Logger } from 'pino'\nimport { z } from './http/server.ts'"],
    ['cli/serve.ts', 'const port = process.env.PORT'],
    [
      'core/money.ts',
      `${'// why\n\n'.repeat(400)}/** ${'line\n * '.repeat(400)}*/\n${'run()\n'.repeat(300)}`,
    ],
  ])('and leave alone %s: %j', (path, text) => {
    expect(findViolations(path, text)).toEqual([])
  })
})
