// What the pages say about the code is held against the code.

import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { catalogSchema } from '../src/catalog/schema.ts'
import { loadCatalogFile } from '../src/config/load-catalog-file.ts'
import { loadConfig } from '../src/config/load-config.ts'
import { ERROR_ROWS } from '../src/core/errors.ts'
import { FAILURE_POLICY } from '../src/core/failure.ts'

const read = (path: string): string => readFileSync(path, 'utf8')
const pages = ['README.md', 'AGENTS.md', 'CHANGELOG.md', ...globSync('docs/**/*.md')]
const FOLDERS = ['.ci', 'bench', 'config', 'dashboards', 'docker', 'docs', 'src', 'test']
const ROOT_FILE = /^(?:[A-Z]+\.md|LICENSE|Dockerfile|docker-compose\.yml|package(?:-lock)?\.json)$/

/** Links to other pages, and code spans that name a file or folder of this repository. */
function pathsOn(page: string, text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '')
  const links = Array.from(prose.matchAll(/\]\(([^)#\s]+)[^)]*\)/g), (match) => match[1] ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => join(dirname(page), target))
  const spans = Array.from(prose.matchAll(/`([^`\s]+)`/g), (match) => match[1] ?? '').filter(
    (span) => ROOT_FILE.test(span) || FOLDERS.some((folder) => span.startsWith(`${folder}/`)),
  )
  return [...links, ...spans].map((path) => normalize(path))
}

function isMissing(path: string): boolean {
  // What docker/make-secrets makes is never under version control.
  if (path.startsWith('docker/secrets/')) return false
  return path.includes('*') ? globSync(path).length === 0 : !existsSync(path)
}

function missingOn(page: string, text: string): string[] {
  return pathsOn(page, text)
    .filter(isMissing)
    .map((path) => `${page}: ${path}`)
}

describe('paths on the pages', () => {
  it.each(pages)('%s', (page) => {
    expect(missingOn(page, read(page))).toEqual([])
  })

  it('are looked at', () => {
    expect(pages.flatMap((page) => pathsOn(page, read(page))).length).toBeGreaterThan(40)
    const planted =
      '[a](gone.md#part) [b](https://example.com) `src/gone.ts` `src/core/*.ts` `GONE.md` `npm run gone`'
    expect(missingOn('docs/x.md', planted)).toEqual([
      'docs/x.md: docs/gone.md',
      'docs/x.md: src/gone.ts',
      'docs/x.md: GONE.md',
    ])
  })
})

/** Files in code blocks and diagrams, by their path in the repository or the end of one inside `src`. */
function filesInBlocks(text: string): readonly string[] {
  return Array.from(text.matchAll(/^```[\s\S]*?^```/gm)).flatMap(([block]) =>
    Array.from(block.matchAll(/(?<![\w./-])[\w-]+(?:\/[\w-]+)*\.ts\b/g), ([path]) => path),
  )
}

function goneFrom(text: string): readonly string[] {
  return filesInBlocks(text).filter((path) => !existsSync(path) && globSync(`src/**/${path}`).length === 0)
}

describe('files named in diagrams and examples', () => {
  it.each(pages)('%s', (page) => {
    expect(goneFrom(read(page))).toEqual([])
  })

  it('are looked at', () => {
    expect(filesInBlocks(read('docs/architecture.md')).length).toBeGreaterThan(15)
    expect(goneFrom('```\nchat/complete.ts → chat/gone.ts\n```\n')).toEqual(['chat/gone.ts'])
  })
})

describe('decisions', () => {
  const decisions = globSync('docs/decisions/*.md').toSorted()

  it('are numbered in order, dated, and say why, what and what follows', () => {
    expect(decisions.length).toBeGreaterThan(3)
    for (const [index, path] of decisions.entries()) {
      expect(path).toContain(`/${String(index + 1).padStart(4, '0')}-`)
      expect(read(path)).toMatch(
        new RegExp(
          `^# ${index + 1}\\. .*\\n\\nDate: \\d{4}-\\d{2}-\\d{2}\\. Status: \\w+\\.\\n\\n## Context\\n[^]*\\n## Decision\\n[^]*\\n## Consequences\\n`,
        ),
      )
    }
  })

  it('are all listed in docs/architecture.md', () => {
    const listed = Array.from(
      read('docs/architecture.md').matchAll(/\]\((decisions\/[^)]+)\)/g),
      ([, path]) => path,
    )
    expect(listed.map((path) => `docs/${path}`)).toEqual(decisions)
  })
})

it('docs/glossary.md is in order, each word once', () => {
  const words = Array.from(
    read('docs/glossary.md').matchAll(/^\| ([a-z][^|]*) \|/gm),
    ([, word]) => word ?? '',
  ).slice(1)
  expect(words.length).toBeGreaterThan(30)
  expect(words).toEqual([...new Set(words)].toSorted((one, other) => one.localeCompare(other, 'en')))
})

it('docs/errors.md has the rows of src/core/errors.ts, in that order', () => {
  const rows = Array.from(
    read('docs/errors.md').matchAll(/^\| `(\w+)` \| (\d+) \| `(\w+)` \| `(\w+)` \| (\S.*) \| (\S.*) \|$/gm),
  )
  const written = rows.map(([, kind, status, code, type]) => [kind, { status: Number(status), code, type }])
  expect(written).toEqual(Object.entries(ERROR_ROWS))
})

it("the README's configuration is one that works", () => {
  const [, text = ''] = /^```yaml\n([\s\S]*?)^```/m.exec(read('README.md')) ?? []
  expect(text).toContain('aliases:')
  const config = loadConfig({ file: 'config/gateway.yaml', env: {}, readFile: () => text })
  expect(loadCatalogFile(config).routes.length).toBeGreaterThan(20)
})

it('docs/failures.md has the policy of every class, in the order of src/core/failure.ts', () => {
  const rows = Array.from(
    read('docs/failures.md').matchAll(
      /^\| `(\w+)` \| \S.* \| (\w+) \| (\w+) \| (\w+) \| (\w+) \| .*\| (yes|no) \|$/gm,
    ),
  )
  const written = rows.map(([, name, blame, again, next, scope, alert]) => [
    name,
    blame,
    again,
    next,
    scope,
    alert,
  ])
  const known = Object.entries(FAILURE_POLICY).map(
    ([name, { blame, again, next, scope, circuit, alert }]) => [
      name,
      blame,
      again,
      next,
      circuit === 'none' ? 'nothing' : scope,
      alert ? 'yes' : 'no',
    ],
  )
  expect(written).toEqual(known)
})

it('docs/prices.md names every key of the catalogue', () => {
  const keys = new Set<string>()
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [name, inner] of Object.entries(node)) {
      if (name === 'properties') for (const key of Object.keys(inner)) keys.add(key)
      visit(inner)
    }
  }
  visit(z.toJSONSchema(catalogSchema, { io: 'input', unrepresentable: 'any' }))
  expect(keys.size).toBeGreaterThan(40)
  const page = read('docs/prices.md')
  expect([...keys].filter((key) => !page.includes(`\`${key}\``))).toEqual([])
})

it('npm scripts named on the pages exist', () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(read('package.json')))
  const named = pages.flatMap((page) =>
    Array.from(read(page).matchAll(/npm run ([a-z:]+)/g), (match) => match[1] ?? ''),
  )
  expect(named).toContain('demo')
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([])
  expect(Object.keys(scripts).length).toBeLessThanOrEqual(20)
})

describe('files under version control', () => {
  const tracked = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0').filter(existsSync)

  it('name no place that exists on one machine only, and no package registry', () => {
    const machine = new RegExp(['/work', '/'].join(''))
    const registry = /\bregistry\.[a-z-]+\.[a-z]{2,}\b/
    expect(tracked.length).toBeGreaterThan(150)
    const found = tracked.filter((path) => machine.test(read(path)) || registry.test(read(path)))
    expect(found).toEqual([])
    expect(registry.test(['https://registry', 'example', 'org/'].join('.'))).toBe(true)
  })

  it('lock packages without the host they came from', () => {
    const lock = z
      .object({ packages: z.record(z.string(), z.looseObject({ resolved: z.string().optional() })) })
      .parse(JSON.parse(read('package-lock.json')))
    expect(Object.values(lock.packages).filter(({ resolved }) => resolved?.includes('://'))).toEqual([])
    expect(Object.keys(lock.packages).length).toBeGreaterThan(100)
  })
})

it('docs/providers.md has every quirk, each with the test that is named after it or a reason', () => {
  const rows = Array.from(
    read('docs/providers.md').matchAll(/^\| (\d+) \| [^|]+ \| [^|]+ \| ([^|]+) \| ([^|]+) \|$/gm),
    ([, number = '', handling = '', test = '']) => ({ number: Number(number), handling, test }),
  )
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 39 }, (_, index) => index + 1))
  const unproven = rows.filter(({ number, handling, test }) => {
    const path = /^`(.+)`$/.exec(test)?.[1]
    if (path === undefined) return !handling.startsWith('**Listed:** ')
    return path.includes('/quirks/') ? !read(path).includes(`'quirk ${number}: `) : !existsSync(path)
  })
  expect(unproven).toEqual([])
  expect(rows.filter(({ handling }) => handling.startsWith('**Listed:** ')).length).toBeLessThan(5)
})
