import { expect, test } from 'vitest'
import { Slots } from '../../../src/core/slots.ts'

test('a place is its own until it is given back, and is then used again', () => {
  const slots = new Slots<{ name: string }>()
  const first = slots.add({ name: 'first' })
  const second = slots.add({ name: 'second' })
  expect(slots.at(first)).toEqual({ name: 'first' })
  expect(slots.remove(first)).toEqual({ name: 'first' })
  expect(slots.at(first)).toBeUndefined()
  expect(slots.add({ name: 'third' })).toBe(first)
  expect([...slots].map(({ name }) => name).toSorted()).toEqual(['second', 'third'])
  expect(slots.remove(second)).toEqual({ name: 'second' })
})

test('a place that is given back twice is free once', () => {
  const slots = new Slots<{ name: string }>()
  const place = slots.add({ name: 'first' })
  slots.remove(place)
  expect(slots.remove(place)).toBeUndefined()
  expect(slots.add({ name: 'second' })).not.toBe(slots.add({ name: 'third' }))
})

test('what leaves while it is looked through is not met', () => {
  const slots = new Slots<{ name: string }>()
  slots.add({ name: 'first' })
  const second = slots.add({ name: 'second' })
  const met: string[] = []
  for (const { name } of slots) {
    met.push(name)
    slots.remove(second)
  }
  expect(met).toEqual(['first'])
})
