import { expect, it } from 'vitest'
import { isSafePattern } from '../../../src/config/redaction-pattern.ts'

it.each(['\\bEMP-\\d{6}\\b', 'project (?:alpha|beta)', '[A-Z]{2}\\d+', '\\p{Lu}{3}-\\d{4}'])(
  'takes %s',
  (source) => {
    expect(isSafePattern(source)).toBe(true)
  },
)

it.each(['(', 'x*', '', '(a+)+b', '(\\w+\\s?)*!', '[z-a]', '\\p{Nope}'])('refuses %s', (source) => {
  expect(isSafePattern(source)).toBe(false)
})
