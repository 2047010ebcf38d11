// catalog.yaml → the checked file, with every problem of its form named at once.

import { type Document, isMap, isScalar, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import { CatalogError, type CatalogProblem } from './catalog-error.ts'
import { type CatalogFile, catalogSchema, PRICE_KEYS } from './schema.ts'

/** Throws CatalogError. */
export function parseCatalog(yamlText: string): CatalogFile {
  const document = parseDocument(yamlText)
  if (document.errors.length > 0) {
    throw new CatalogError(
      document.errors.map(({ message }) => ({
        path: 'catalog',
        problem: message.split('\n')[0] ?? '',
        wanted: 'valid YAML',
      })),
    )
  }
  keepDecimalsAsWritten(document)
  const parsed = catalogSchema.safeParse(document.toJS(), { reportInput: true })
  if (parsed.success) return parsed.data
  throw new CatalogError(parsed.error.issues.map(describeIssue))
}

/** Prices and multipliers stay text: as a float, 0.10000000000000000001 is 0.1 and a seventh decimal can hide. */
export function keepDecimalsAsWritten(document: Document): void {
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key)) return
      if (typeof key.value === 'string' && PRICE_KEYS.has(key.value)) keepText(value)
      if (key.value === 'service_tiers' && isMap(value)) for (const item of value.items) keepText(item.value)
    },
  })
}

function keepText(node: unknown): void {
  if (isScalar(node) && typeof node.value === 'number' && node.source !== undefined) node.value = node.source
}

/** The schema's messages say what would be right; what is there now is put beside it. */
function describeIssue(issue: z.core.$ZodIssue): CatalogProblem {
  const path = issue.path.reduce<string>((place, step) => {
    if (typeof step === 'number') return `${place}[${step}]`
    return place === '' ? String(step) : `${place}.${String(step)}`
  }, '')
  if (issue.code === 'unrecognized_keys') {
    const problem = `unknown key ${issue.keys.join(', ')}`
    return {
      path: path === '' ? 'catalog' : path,
      problem,
      wanted: 'only keys that docs/prices.md describes',
    }
  }
  const wanted = /expected (.+?)(?:, received .+)?$/.exec(issue.message)?.[1] ?? issue.message
  return { path: path === '' ? 'catalog' : path, problem: describeInput(issue.input), wanted }
}

const LONGEST_SHOWN = 60

function describeInput(input: unknown): string {
  if (input === undefined || input === null) return 'is missing'
  if (typeof input === 'string') return `is ${input === '' ? 'empty' : input.slice(0, LONGEST_SHOWN)}`
  if (typeof input === 'number' || typeof input === 'boolean') return `is ${input}`
  return Array.isArray(input) ? `is a list of ${input.length}` : 'is a map'
}
