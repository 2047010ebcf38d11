import { expect, it } from 'vitest'
import { buildCsv } from '../../../src/admin/csv.ts'

it('quotes what RFC 4180 says must be quoted, and ends lines with CR LF', () => {
  expect(
    buildCsv(
      ['a', 'b'],
      [
        ['plain', 'with, comma'],
        ['say "hi"', 'two\nlines'],
      ],
    ),
  ).toBe('a,b\r\nplain,"with, comma"\r\n"say ""hi""","two\nlines"\r\n')
})

it('lets no cell be a formula, and leaves negative amounts alone', () => {
  expect(buildCsv(['x'], [['=1+1'], ['@SUM(A1)'], ['-cmd'], ['-0.000000000001'], ['+1']])).toBe(
    "x\r\n'=1+1\r\n'@SUM(A1)\r\n'-cmd\r\n-0.000000000001\r\n'+1\r\n",
  )
})
