import { describe, expect, it } from 'vitest'
import { readTraceContext } from '../../../src/core/trace-context.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

describe('traceparent', () => {
  it('is read, with the flag that says whether it is sampled', () => {
    const context = { traceId: TRACE, spanId: SPAN }
    expect(readTraceContext(`00-${TRACE}-${SPAN}-01`)).toEqual({ ...context, isSampled: true })
    expect(readTraceContext(`00-${TRACE}-${SPAN}-02`)).toEqual({ ...context, isSampled: false })
    expect(readTraceContext(`cc-${TRACE}-${SPAN}-01-what-comes`)).toEqual({ ...context, isSampled: true })
  })

  it.each([
    undefined,
    '',
    'junk',
    [`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01`],
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${SPAN}-0g`,
  ])('is left alone where it cannot be read: %j', (header) => {
    expect(readTraceContext(header)).toBeNull()
  })
})
