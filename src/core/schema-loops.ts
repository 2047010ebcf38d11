// Which JSON schemas refer to themselves, by whatever way round.

/** Whether following references comes back to where it began. */
export function hasLoop(defs: Readonly<Record<string, unknown>>): boolean {
  const refersTo = new Map(Object.entries(defs).map(([name, schema]) => [name, definitionsIn(schema)]))
  const open = new Set<string>()
  const done = new Set<string>()
  for (const start of refersTo.keys()) {
    const path = [{ name: start, next: 0 }]
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      open.add(step.name)
      const to = refersTo.get(step.name)?.[step.next++]
      if (to === undefined) {
        open.delete(step.name)
        done.add(step.name)
        path.pop()
      } else if (open.has(to)) return true
      else if (!done.has(to)) path.push({ name: to, next: 0 })
    }
  }
  return false
}

function definitionsIn(schema: unknown): readonly string[] {
  const places = JSON.stringify(schema ?? {}).matchAll(/#\/(?:\$defs|definitions)\/([^/"]+)"/g)
  return Array.from(places, ([, name = '']) => name)
}
