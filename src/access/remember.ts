// A map that forgets.

/** Entries that are written anew when they are found again leave the one unused for longest at the front. */
export function remember<Value>(
  map: Map<string, Value>,
  name: string,
  value: Value,
  maxEntries: number,
): void {
  map.set(name, value)
  const [oldest] = map.size > maxEntries ? map.keys() : []
  if (oldest !== undefined) map.delete(oldest)
}
