// The completion scripts, in the shells that they are for.

import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureCommands } from '../support/debian-commands.ts'
import { farthing } from '../support/farthing.ts'

const folder = mkdtempSync(join(tmpdir(), 'farthing-completion-'))
afterAll(() => rmSync(folder, { recursive: true }))

const path = (shell: string): string => join(folder, `farthing.${shell}`)

beforeAll(async () => {
  const found = await ensureCommands(
    { env: process.env, mayInstall: process.getuid?.() === 0 },
    { commands: ['zsh', 'fish'], packages: ['zsh', 'fish'] },
  )
  if (found !== 'there') throw new Error(`zsh and fish are needed here. ${found.problem}`)
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout } = await farthing(['completion', shell])
    writeFileSync(path(shell), stdout)
  }
})

const LINES: readonly (readonly [typed: readonly string[], current: string, expected: readonly string[]])[] =
  [
    [[], '', ['serve', 'keys', 'spend', 'explain', 'catalog', 'replay', 'completion']],
    [['keys'], '', ['create', 'list', 'update', 'revoke']],
    [['keys'], 'cr', ['create']],
    [['keys', 'create'], '--te', ['--team']],
    [['keys', 'revoke', 'key_x'], '--j', ['--json']],
    [['replay', '--from', '2026-11-01'], '--max', ['--max-increase']],
    [['completion'], 'z', ['zsh']],
  ]

describe('bash', () => {
  it.each(LINES)('farthing %j and %j', async (typed, current, expected) => {
    const words = ['farthing', ...typed, current].map((word) => `'${word}'`).join(' ')
    const script = `source '${path('bash')}'; COMP_WORDS=(${words}); COMP_CWORD=${typed.length + 1}; _farthing; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout } = await promisify(execFile)('bash', ['-euc', script])
    expectCompletions(stdout, current, expected)
  })
})

describe('fish', () => {
  it.each(LINES)('farthing %j and %j', async (typed, current, expected) => {
    const line = ['farthing', ...typed, current].join(' ')
    const script = `source '${path('fish')}'; complete -C '${line}'`
    const { stdout } = await promisify(execFile)('fish', ['--no-config', '-c', script], { env: fishEnv() })
    expectCompletions(stdout.replaceAll(/\t.*/g, ''), current, expected)
  })
})

describe('zsh', () => {
  it.each(LINES)('farthing %j and %j', async (typed, current, expected) => {
    const words = ['farthing', ...typed, current].map((word) => `'${word}'`).join(' ')
    // Outside of a line that is being typed compadd has nothing to add to: what it is given is what counts.
    const script = `compdef() { :; }; source '${path('zsh')}'; compadd() { shift; print -l -- "$@"; }; words=(${words}); CURRENT=${typed.length + 2}; _farthing`
    const { stdout } = await promisify(execFile)('zsh', ['-fc', script])
    expectCompletions(
      stdout
        .split('\n')
        .filter((word) => word.startsWith(current))
        .join('\n'),
      current,
      expected,
    )
  })

  it('takes the script for one', () => {
    expect(spawnSync('zsh', ['-fn', path('zsh')], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    })
  })
})

/** It wants a home to write to. */
function fishEnv(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder }
}

function expectCompletions(stdout: string, current: string, expected: readonly string[]): void {
  const found = stdout.split('\n').filter((word) => word !== '')
  expect(found).toEqual(expect.arrayContaining([...expected]))
  expect(found.filter((word) => !word.startsWith(current))).toEqual([])
  if (current !== '') expect(found).toEqual(expected)
}

it('a shell that is none of them is wrong usage', async () => {
  const { exitCode, stderr } = await farthing(['completion', 'tcsh'])
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('SHELL is one of bash, zsh, fish')])
})
