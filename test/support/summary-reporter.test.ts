// The reporter in real runs of vitest, over files that go wrong in each way.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'

const VITEST = resolve('node_modules/vitest/vitest.mjs')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'farthing-reporter-'))
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  const reporter = JSON.stringify(resolve('test/support/summary-reporter.ts'))
  const config = `import { createSummaryReporter } from ${reporter}
const globalSetup = process.argv.includes('global-setup.test.ts') ? ['./throws.ts'] : []
export default { test: { include: ['*.test.ts'], globalSetup, reporters: ['default', createSummaryReporter()] } }\n`
  writeFileSync(join(folder, 'throws.ts'), "export function setup() { throw new Error('no') }\n")
  writeFileSync(join(folder, 'vitest.config.ts'), config)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(name: string, body: string): { lastLine: string | undefined; status: number | null } {
  const file = `${name}.test.ts`
  writeFileSync(
    join(folder, file),
    `import { beforeAll, describe, expect, it } from 'vitest'\nconst good = () => expect(1).toBe(1)\n${body}\n`,
  )
  const { status, stdout } = spawnSync(process.execPath, [VITEST, 'run', '--root', folder, file], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  return { lastLine: stdout.trimEnd().split('\n').at(-1), status }
}

it.each([
  ['good', "it('a', good); describe('b', () => { it('c', good) })", '2 passed, 0 failed', 0],
  ['bad', "it('a', good); it('b', () => expect(1).toBe(2))", '1 passed, 1 failed', 1],
  ['left-out', "it('a', good); it.skip('b', good); it.todo('c')", '1 passed, 0 failed, 2 skipped', 0],
  ['not-loading', "it('a', good); throw new Error('no')", '0 passed, 1 failed', 1],
  ['global-setup', "it('a', good)", '0 passed, 1 failed', 1],
  [
    'hook',
    "describe('a', () => { beforeAll(() => { throw new Error('no') }); it('b', good) })",
    '0 passed, 1 failed, 1 skipped',
    1,
  ],
  [
    'outside',
    "it('a', async () => { void Promise.reject(new Error('no')); await new Promise((r) => setTimeout(r, 20)) })",
    '1 passed, 1 failed',
    1,
  ],
])('%s', (name, body, lastLine, status) => {
  expect(run(name, body)).toEqual({ lastLine, status })
})
