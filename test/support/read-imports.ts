// What a source file imports, as text: static and dynamic imports, re-exports, and files started as workers.

export interface Import {
  readonly from: string
  readonly isTypeOnly: boolean
}

export function readImports(text: string): Import[] {
  const statements = /^(?:import|export)\s+(?<what>[\w\s{},*]*?)\s*from\s+'(?<from>[^']+)'/gm
  const others = /(?:^import\s+|\bimport\(\s*|\bnew URL\(\s*)'(?<from>[^']+)'/gm
  return [...text.matchAll(statements), ...text.matchAll(others)].flatMap(({ groups }) =>
    groups?.['from'] === undefined
      ? []
      : [{ from: groups['from'], isTypeOnly: /^type\b/.test(groups['what'] ?? '') }],
  )
}

/** `@scope/name/inner` → `@scope/name`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
