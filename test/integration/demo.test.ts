// The demonstration as a person starts it, in a process of its own.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { compareBooks } from '../../src/cli/demo/compare-books.ts'

const DEMO = fileURLToPath(new URL('../../src/cli/demo.ts', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs it to its end; `onOutput` sees everything printed so far. */
function runDemo(
  args: readonly string[],
  onOutput?: (out: string, stop: () => void) => void,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [DEMO, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: {} })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      onOutput?.(out, () => void child.kill('SIGINT'))
    })
    child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()))
    child.on('error', reject)
    child.on('exit', (code) => resolve({ code, out, err }))
  })
}

describe('npm run demo', () => {
  it('answers a varied workload, in 100 plain columns, and its ledger agrees with the providers', async () => {
    const { code, out, err } = await runDemo([])
    expect(err).toBe('')
    expect({ code, out }).toMatchObject({ code: 0 })
    const lines = out.split('\n')
    expect(lines.filter((line) => line.length > 100)).toEqual([])
    expect(out).not.toContain('\x1b')
    const rows = lines.filter((line) => /^ ?\d+ /.test(line))
    expect(rows.length).toBeGreaterThanOrEqual(40)
    for (const provider of ['deepseek', 'alibaba', 'moonshot', 'openai', 'anthropic'])
      expect(rows.some((row) => row.includes(` ${provider}/`))).toBe(true)
    for (const tier of ['economy', 'standard', 'premium', 'frontier'])
      expect(rows.some((row) => row.includes(` ${tier} `))).toBe(true)
    expect(out).toContain('Difference: 0')
  })

  it('stays with --keep, says where it is, and stops on SIGINT', async () => {
    let answer: Promise<Response> | undefined
    const { code, out } = await runDemo(['--keep'], (printed, stop) => {
      const url = /base URL +(\S+)\n/.exec(printed)?.[1]
      const key = /^key +(\S+)$/m.exec(printed)?.[1]
      if (url === undefined || key === undefined || answer !== undefined) return
      answer = fetch(`${url}/models`, { headers: { authorization: `Bearer ${key}` } })
      answer.then(stop, stop)
    })
    expect((await answer)?.status).toBe(200)
    expect({ code, out }).toMatchObject({ code: 0 })
  })

  it('explains itself', async () => {
    expect(await runDemo(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('--keep') })
    expect(await runDemo(['--what'])).toMatchObject({ code: 2 })
  })
})

const spendOf = (deepseek: number, alibaba: number) => ({
  rows: [
    { provider: 'deepseek', cost_usd: deepseek / 1e12 },
    { provider: 'alibaba', cost_usd: alibaba / 1e12 },
  ],
  total: { cost_usd: (deepseek + alibaba) / 1e12 },
})

describe('compareBooks', () => {
  const nothing = { requests: 0, billedPico: 0n }
  const books = {
    requests: 2,
    billedPico: 300n,
    byProvider: {
      deepseek: { requests: 1, billedPico: 100n },
      alibaba: { requests: 1, billedPico: 200n },
      moonshot: nothing,
      openai: nothing,
      anthropic: nothing,
    },
    entries: [],
  }
  it('agrees to the picodollar, or not', () => {
    expect(compareBooks(spendOf(100, 200), books).agrees).toBe(true)
    expect(compareBooks(spendOf(100, 201), books).agrees).toBe(false)
  })

  it('does not let one provider make up for another', () => {
    expect(compareBooks(spendOf(99, 201), books)).toMatchObject({ agrees: false, ledgerPico: 300n })
  })
})
