// The demonstration as a person starts it, in a process of its own.

import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { compareBooks } from '../../src/cli/demo/compare-books.ts'
import { createRowFormat } from '../../src/cli/demo/row.ts'
import { WORKLOAD } from '../../src/cli/demo/workload.ts'

const DEMO = fileURLToPath(new URL('../../src/cli/demo.ts', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
  /** Temporary files that are still there. */
  readonly left: readonly string[]
}

/** Runs it to its end; `onOutput` sees everything printed so far. */
function runDemo(
  args: readonly string[],
  onOutput?: (out: string, stop: () => void) => void,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const folder = mkdtempSync(join(tmpdir(), 'farthing-demo-test-'))
    const child = spawn(process.execPath, [DEMO, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { TMPDIR: folder },
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      onOutput?.(out, () => void child.kill('SIGINT'))
    })
    child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => {
      const left = readdirSync(folder)
      rmSync(folder, { recursive: true })
      resolve({ code, out, err, left })
    })
  })
}

describe('npm run demo', () => {
  it('answers a varied workload, in 100 plain columns, and its ledger agrees with the providers', async () => {
    const { code, out, err, left } = await runDemo([])
    expect({ err, left }).toEqual({ err: '', left: [] })
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
    const report = lines.slice(lines.findIndex((line) => line.startsWith('Spend by provider')))
    expect(report.filter((line) => line.length > 80)).toEqual([])
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

  it('stops in the middle on SIGINT, and leaves nothing behind', async () => {
    let isAsked = false
    const { code, out, left } = await runDemo([], (printed, stop) => {
      // Once: a second one ends it at once, as an impatient person wants.
      if (isAsked || !printed.includes('short chat')) return
      isAsked = true
      stop()
    })
    expect(code).toBe(130)
    expect(out).not.toContain('Spend by')
    expect(left).toEqual([])
  })

  it('explains itself', async () => {
    expect(await runDemo(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('--keep') })
    expect(await runDemo(['--what'])).toMatchObject({ code: 2 })
  })
})

describe('the table', () => {
  const details = {
    tier: 'standard',
    provider: 'moonshot',
    model: 'kimi-k3.1-pro-highspeed',
    input_tokens: 123_456,
    output_tokens: 9_999,
    cost_usd: 0.123_456_789,
    baseline_usd: 0.2,
    saved_usd: -0.2,
    attempts: [],
    decision: { candidates: [{ verdict: 'chosen', reason: 'cheapest' }, { verdict: 'fallback' }] },
  }
  const rowsFor = (columns: number, outcome: { status: number; code: string | null }): readonly string[] => {
    const format = createRowFormat(columns)
    const full = { ...outcome, requestId: '', message: null, toldCostUsd: null }
    const rows = WORKLOAD.map((step, index) =>
      format.row({ number: index + 1, step, asked: 'standard', outcome: full, details }),
    )
    return [format.header(), ...rows]
  }

  it.each([80, 99, 100, 120])('fits %i columns, cuts no number and no title', (columns) => {
    const width = columns < 100 ? 80 : 100
    for (const outcome of [
      { status: 200, code: null },
      { status: 400, code: 'max_cost_exceeded' },
    ]) {
      const rows = rowsFor(columns, outcome)
      expect(rows.filter((row) => row.length > width)).toEqual([])
      expect(WORKLOAD.filter(({ title }, index) => !rows[index + 1]?.includes(`${title} `))).toEqual([])
    }
    const [header, row] = rowsFor(columns, { status: 200, code: null })
    expect(header).toMatch(/request .* tier .* chosen .* why .* tokens .* µUSD saved$/)
    expect(row).toMatch(/ of 2 +123k\+9999 +123457 +<-99$/)
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
