// What cells and sums are to a report: the values of its groups, each list of them once, and their order.

import { isTime, placeOf } from './cubes.ts'
import type { SpendDimension } from './store.ts'

/** In the order of a report's groups; null where a time stands, and where there is none. */
export type Values = readonly (string | null)[]

export interface GroupValues {
  /** Reads the values out of dimensions (JSON of those at these places): the place of their list. Remembers none of them. */
  reader(places: readonly number[]): (dimensions: string) => number
  /** All that were read. */
  readonly lists: readonly Values[]
}

export function createGroupValues(groupBy: readonly SpendDimension[]): GroupValues {
  const lists: Values[] = []
  const placeOfList = new Map<string, number>()
  const add = (values: Values): number => {
    const name = nameOf(values)
    let place = placeOfList.get(name)
    if (place === undefined) {
      place = lists.length
      lists.push(values)
      placeOfList.set(name, place)
    }
    return place
  }
  return {
    lists,
    reader(places) {
      const read = createReader(groupBy, places)
      return (dimensions) => add(read(dimensions))
    },
  }
}

/** One text for the same values: each with its length, so that none can be taken for several. */
function nameOf(values: Values): string {
  let name = ''
  for (const value of values) name += value === null ? '-' : `${value.length}:${value}`
  return name
}

function createReader(
  groupBy: readonly SpendDimension[],
  places: readonly number[],
): (dimensions: string) => Values {
  const fields = groupBy.map((dimension) => ({
    at: isTime(dimension) ? -1 : places.indexOf(placeOf(dimension)),
    tag: dimension.startsWith('tag:') ? dimension.slice('tag:'.length) : null,
  }))
  return (dimensions) => {
    const all: Values = JSON.parse(dimensions)
    return fields.map(({ at, tag }) => {
      const value = all[at] ?? null
      return tag === null ? value : tagOf(value ?? '', tag)
    })
  }
}

function tagOf(tags: string, name: string): string | null {
  if (tags === '') return null
  const all: readonly (readonly [name: string, value: string])[] = JSON.parse(tags)
  return all.find((tag) => tag[0] === name)?.[1] ?? null
}

/** The place of each among all in order; those that are the same have the same. */
export function rankValues(values: Values): readonly number[] {
  const texts = values.map((value) => JSON.stringify(value))
  const ranks = new Map([...new Set(texts)].toSorted(byText).map((text, rank) => [text, rank]))
  return texts.map((text) => ranks.get(text) ?? 0)
}

function byText(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
