// Things that come and go all the time, in an array whose places are used again. A Set or a Map would leave its outgrown
// tables behind, each pointing to the next: once one of them is old, the collector of young garbage keeps all that follow,
// and with them every request that stood in one.

export class Slots<Item extends object> {
  readonly #items: (Item | undefined)[] = []
  readonly #free: number[] = []

  /** Gives its place, which is its own until it is given back. */
  add(item: Item): number {
    const place = this.#free.pop() ?? this.#items.length
    this.#items[place] = item
    return place
  }

  at(place: number): Item | undefined {
    return this.#items[place]
  }

  /** Gives back what was there. */
  remove(place: number): Item | undefined {
    const item = this.#items[place]
    if (item === undefined) return undefined
    this.#items[place] = undefined
    this.#free.push(place)
    return item
  }

  /** In no order. What is added meanwhile may be among them. */
  *[Symbol.iterator](): Generator<Item> {
    for (const item of this.#items) if (item !== undefined) yield item
  }
}
