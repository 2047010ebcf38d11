// A strict reader of Prometheus' text format (version 0.0.4): what it cannot account for is an error. Unlike
// `promtool check metrics` it gives back what it read.

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly samples: Sample[]
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y

export function parseExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no line feed')
  const families = new Map<string, Family>()
  const seen = new Set<string>()
  let help: { name: string; help: string } | null = null
  let family: Family | null = null
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue
    const [, comment, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
    if (comment === 'HELP') {
      if (!NAME.test(name) || families.has(name)) throw new Error(`bad or repeated HELP: ${line}`)
      help = { name, help: rest }
    } else if (comment === 'TYPE') {
      if (help?.name !== name) throw new Error(`TYPE without its HELP: ${line}`)
      if (rest !== 'counter' && rest !== 'gauge' && rest !== 'histogram')
        throw new Error(`unknown type: ${line}`)
      family = { name, type: rest, help: help.help, samples: [] }
      families.set(name, family)
    } else {
      if (line.startsWith('#') || family === null) throw new Error(`unexpected line: ${line}`)
      const sample = parseSample(line)
      const identity = sample.name + identify(sample.labels)
      if (seen.has(identity)) throw new Error(`the same series twice: ${line}`)
      seen.add(identity)
      checkSample(family, sample)
      family.samples.push(sample)
    }
  }
  for (const each of families.values()) checkFamily(each)
  return families
}

/** The same text for the same labels in any order. */
export function identify(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1)))
}

function parseSample(line: string): Sample {
  const match = SAMPLE.exec(line)
  if (match === null) throw new Error(`not a sample: ${line}`)
  const [, name = '', labelText = '', valueText = ''] = match
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < labelText.length) {
    const label = LABEL.exec(labelText)
    if (label === null) throw new Error(`bad labels: ${line}`)
    const [, key = '', value = ''] = label
    if (key in labels) throw new Error(`a label twice: ${line}`)
    labels[key] = value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
  }
  const value = valueText === '+Inf' ? Number.POSITIVE_INFINITY : Number(valueText)
  if (Number.isNaN(value)) throw new Error(`not a number: ${line}`)
  return { name, labels, value }
}

function checkSample({ name, type }: Family, sample: Sample): void {
  const suffix = sample.name.startsWith(name) ? sample.name.slice(name.length) : null
  const allowed = type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
  if (suffix === null || !allowed.includes(suffix)) throw new Error(`${sample.name} stands under ${name}`)
  if ((suffix === '_bucket') !== 'le' in sample.labels) throw new Error(`${sample.name} and its le`)
}

/** The naming rules that promtool's linter knows, as far as they concern these types. */
function checkFamily({ name, type, help, samples }: Family): void {
  if (help.trim() === '') throw new Error(`${name} has no help`)
  if ((type === 'counter') !== name.endsWith('_total')) throw new Error(`${name} is a ${type}`)
  if (/_(?:milliseconds|ms|minutes|kilobytes|bucket|sum|count|info)$/.test(name))
    throw new Error(`${name} ends wrongly`)
  if (/[A-Z]/.test(name)) throw new Error(`${name} has capitals`)
  for (const { value } of samples) {
    if (type !== 'gauge' && !(value >= 0)) throw new Error(`${name} went below zero`)
  }
  if (type === 'histogram') checkBuckets(name, samples)
}

function checkBuckets(name: string, samples: readonly Sample[]): void {
  const rows = new Map<string, { last: number; bound: number; count: number | null }>()
  for (const { name: sampleName, labels, value } of samples) {
    const { le, ...others } = labels
    const identity = JSON.stringify(others)
    const row = rows.get(identity) ?? { last: 0, bound: Number.NEGATIVE_INFINITY, count: null }
    if (le !== undefined) {
      const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le)
      if (!(bound > row.bound) || value < row.last) throw new Error(`${name}: buckets fall`)
      row.bound = bound
      row.last = value
    } else if (sampleName.endsWith('_count')) row.count = value
    rows.set(identity, row)
  }
  for (const { bound, last, count } of rows.values()) {
    if (bound !== Number.POSITIVE_INFINITY || count !== last)
      throw new Error(`${name}: +Inf is not the count`)
  }
}
