// "Did you mean …": the known name that a mistyped one is closest to.

/** The closest of `names` by Levenshtein distance, or one that begins alike, ignoring case, `-` and `_`; null when none is near. */
export function nearestName(name: string, names: Iterable<string>): string | null {
  const typed = plain(name)
  let best: string | null = null
  let bestDistance = Math.max(2, Math.floor(typed.length / 2)) + 1
  for (const known of names) {
    const isShortened = typed.length > 2 && plain(known).startsWith(typed)
    const distance = isShortened ? 1 : editDistance(typed, plain(known), bestDistance)
    if (distance < bestDistance) {
      best = known
      bestDistance = distance
    }
  }
  return best
}

function plain(name: string): string {
  return name.slice(0, 100).toLowerCase().replaceAll(/[-_]/g, '')
}

/** Levenshtein distance, or `limit` when it is at least that. */
function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) >= limit) return limit
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return Math.min(row[to.length] ?? limit, limit)
}
