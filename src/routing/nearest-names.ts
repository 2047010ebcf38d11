// The known names that are closest to one that is not known, and a safe way to quote what a client sent.

const MAX_QUOTED = 100

/** Up to `most` of `names`, nearest first. A model's own name is as good as `provider/model`. */
export function nearestNames(asked: string, names: Iterable<string>, most: number): readonly string[] {
  const typed = plain(asked)
  return [...new Set(names)]
    .map((name) => ({ name, distance: nameDistance(typed, plain(name)) }))
    .toSorted((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name)
}

/** Client-given text in double quotes: cut to 100 characters, control and invisible characters escaped. */
export function quoted(text: string): string {
  const shown = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text
  return JSON.stringify(shown).replaceAll(
    // Beyond what JSON escapes: delete and C1 controls, zero-width and direction marks, line separators.
    /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function nameDistance(typed: string, name: string): number {
  const slash = name.indexOf('/')
  // The beginning of a name, such as a provider's, is nearly it.
  if (typed !== '' && name.startsWith(typed)) return 1
  const whole = editDistance(typed, name)
  return slash === -1 ? whole : Math.min(whole, editDistance(typed, name.slice(slash + 1)))
}

function plain(name: string): string {
  return name.slice(0, MAX_QUOTED).toLowerCase()
}

/** Levenshtein distance. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
