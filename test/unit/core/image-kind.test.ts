import { describe, expect, it } from 'vitest'
import { readImageKind } from '../../../src/core/image-kind.ts'

const startOf = (hex: string): string => Buffer.from(hex, 'hex').toString('base64')

describe('readImageKind', () => {
  it.each([
    ['89504e470d0a1a0a0000000d49484452', 'image/png'],
    ['ffd8ffe000104a464946000101', 'image/jpeg'],
    ['ffd8ffdb', 'image/jpeg'],
    ['474946383961010001008000', 'image/gif'],
    ['474946383761010001008000', 'image/gif'],
    ['524946462400000057454250565038', 'image/webp'],
    ['424d3600000000000000360000', 'image/bmp'],
    ['49492a0008000000000000000000', 'image/tiff'],
    ['4d4d002a00000008000000000000', 'image/tiff'],
    ['000000186674797068656963', 'image/heic'],
    ['0000001c667479706865766300', 'image/heic'],
    ['0000001c6674797061766966', 'image/avif'],
  ])('knows %s for %s', (hex, kind) => {
    expect(readImageKind(startOf(hex))).toBe(kind)
  })

  it.each([
    ['text', Buffer.from('not an image, but text').toString('base64')],
    ['a picture in words', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64')],
    ['sound', startOf('524946462400000057415645666d7420')],
    ['a document', Buffer.from('%PDF-1.7 and more').toString('base64')],
  ])('takes %s for no image', (_, start) => {
    expect(readImageKind(start)).toBeNull()
  })

  it.each(['', 'AAAA', startOf('000000000000000000')])('cannot tell by %j', (start) => {
    expect(readImageKind(start)).toBeUndefined()
  })
})
