import { expect, it } from 'vitest'
import { createRequestIds } from '../../../src/http/request-ids.ts'

it('never gives a name twice, however many are asked for', () => {
  const next = createRequestIds()
  const names = Array.from({ length: 2_000 }, next)
  expect(new Set(names).size).toBe(2_000)
  for (const name of names) expect(name).toMatch(/^req_[0-9a-z]{9}[0-9a-f]{18}$/)
})

it('names are in the order of their time', async () => {
  const next = createRequestIds()
  const first = next()
  await new Promise((resolve) => setTimeout(resolve, 3))
  expect(first < next()).toBe(true)
})
