import { afterEach, expect, it, vi } from 'vitest'
import { createRequestIds } from '../../../src/http/request-ids.ts'

it('never gives a name twice, however many are asked for', () => {
  const next = createRequestIds()
  const names = Array.from({ length: 2_000 }, next)
  expect(new Set(names).size).toBe(2_000)
  for (const name of names) expect(name).toMatch(/^req_[0-9a-z]{9}[0-9a-f]{18}$/)
})

afterEach(() => void vi.useRealTimers())

it('says when it was made, to the millisecond', () => {
  const next = createRequestIds()
  vi.useFakeTimers()
  const SPAN_MS = 36 ** 2
  for (const around of [0, SPAN_MS, Date.UTC(2026, 10, 25), Date.UTC(2059, 4, 25)])
    for (let ms = around; ms < around + 2 * SPAN_MS; ms += 7) {
      vi.setSystemTime(ms)
      expect(next().slice('req_'.length, 'req_'.length + 9)).toBe(ms.toString(36).padStart(9, '0'))
    }
})

it('names are in the order of their time', async () => {
  const next = createRequestIds()
  const first = next()
  await new Promise((resolve) => setTimeout(resolve, 3))
  expect(first < next()).toBe(true)
})
