// JSON schemas in the subsets that vendors take. What is only told to people goes; what a vendor cannot be told makes the
// result wider than what was asked, which `isExact` says. Facts: MoonshotAI/walle, docs/mfjs-spec.md (2026-06);
// platform.claude.com, structured outputs (read 2026-10).

import { hasLoop } from './schema-loops.ts'

export const SCHEMA_SUBSETS = ['moonshot', 'claude'] as const
export type SchemaSubset = (typeof SCHEMA_SUBSETS)[number]

type Schema = Readonly<Record<string, unknown>>

export interface FittedSchema {
  readonly schema: Schema
  /** Whatever fits it fits the schema that was asked for. */
  readonly isExact: boolean
}

interface Rules {
  /** Keywords that stay, besides those that have a case of their own. */
  readonly kept: ReadonlySet<string>
  /** An object has to be closed. */
  readonly closesObjects: boolean
  /** `type` may be a list. */
  readonly takesTypeLists: boolean
  /** A schema may refer to itself. */
  readonly takesLoops: boolean
  readonly takesConst: boolean
  /** A node has a type of its own, and none beside `anyOf`. */
  readonly needsType: boolean
}

const RULES: Readonly<Record<SchemaSubset, Rules>> = {
  moonshot: {
    kept: new Set(['description', 'default']),
    closesObjects: false,
    takesTypeLists: false,
    takesLoops: true,
    takesConst: false,
    needsType: true,
  },
  claude: {
    kept: new Set(['description', 'default', 'title', 'format']),
    closesObjects: true,
    takesTypeLists: true,
    takesLoops: false,
    takesConst: true,
    needsType: false,
  },
}

/** Said to people, or checked by nobody: without them the same values fit. */
const ANNOTATIONS = new Set([
  '$schema',
  '$id',
  '$comment',
  '$anchor',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  'format',
  'contentMediaType',
  'contentEncoding',
])
const OWN_CASES = new Set([
  '$ref',
  '$defs',
  'definitions',
  'type',
  'enum',
  'const',
  'anyOf',
  'oneOf',
  'allOf',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'minItems',
])
const CLAUDE_FORMATS = new Set<unknown>([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
])
const TYPES = ['string', 'number', 'boolean', 'object', 'array', 'null']
const MAX_DEPTH = 64
/** Steps over one schema: a small one can unfold into a large one, and nobody waits for that. */
const MAX_STEPS = 50_000

/** The schema in a `response_format` of OpenAI's. */
export function askedSchema(format: unknown): unknown {
  return members(members(format)['json_schema'])['schema']
}

export function fitSchema(asked: unknown, subset: SchemaSubset): FittedSchema {
  const fit = new Fit(RULES[subset])
  const root = isSchema(asked) ? asked : {}
  const schema = fit.node(root, 0)
  const defs = { ...members(root['definitions']), ...members(root['$defs']) }
  if (Object.keys(defs).length === 0) return { schema, isExact: fit.isExact }
  if (!RULES[subset].takesLoops && hasLoop(defs)) fit.isExact = false
  const fitted = Object.fromEntries(Object.entries(defs).map(([name, one]) => [name, fit.node(one, 1)]))
  return { schema: { ...schema, $defs: fitted }, isExact: fit.isExact }
}

class Fit {
  isExact = true
  #stepsLeft = MAX_STEPS
  readonly #rules: Rules

  constructor(rules: Rules) {
    this.#rules = rules
  }

  node(value: unknown, depth: number): Schema {
    if (!isSchema(value) || depth > MAX_DEPTH) {
      if (value !== true) this.isExact = false
      return this.#anything()
    }
    const names = Object.keys(value)
    if (!this.#goes(names.length + 1)) return this.#anything()
    for (const name of names) if (!OWN_CASES.has(name) && !ANNOTATIONS.has(name)) this.isExact = false
    if (typeof value['$ref'] === 'string') return this.#reference(value['$ref'])
    if (Array.isArray(value['allOf'])) return this.node(this.#all(value, value['allOf']), depth + 1)
    const branches = this.#branches(value)
    if (branches !== null)
      return { ...this.#told(value), anyOf: branches.map((branch) => this.node(branch, depth + 1)) }
    return this.#plain(value, depth)
  }

  /** Alternatives, each with what its parent says of all of them; null where there are none. */
  #branches(value: Schema): readonly Schema[] | null {
    const { anyOf, oneOf, ...others } = value
    const listed = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : null
    const common = withoutTold(others)
    if (listed !== null) {
      if ((listed === oneOf || Array.isArray(oneOf)) && !areApart(listed)) this.isExact = false
      return listed.map((branch) => this.#merged(common, isSchema(branch) ? branch : {}))
    }
    const { type } = value
    const isList =
      Array.isArray(type) && !this.#rules.takesTypeLists && !('enum' in value) && !('const' in value)
    return isList ? type.map((one) => ({ ...common, type: one })) : null
  }

  /** All parts as one schema. */
  #all(value: Schema, parts: readonly unknown[]): Schema {
    const others = Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'allOf'))
    return parts.reduce<Schema>((sum, part) => this.#merged(sum, isSchema(part) ? part : {}), others)
  }

  #merged(one: Schema, other: Schema): Schema {
    if (this.#stepsLeft < 0) return {}
    const sizes = [one, members(one['properties']), other, members(other['properties'])]
    if (!this.#goes(sizes.reduce((sum, part) => sum + Object.keys(part).length, 1))) return {}
    const merged: Record<string, unknown> = { ...one, ...other }
    for (const name of Object.keys(one)) {
      if (!(name in other) || ANNOTATIONS.has(name)) continue
      const [first, second] = [one[name], other[name]]
      if (name === 'required' && Array.isArray(first) && Array.isArray(second))
        merged[name] = [...new Set([...first, ...second])]
      else if (name === 'properties' && isSchema(first) && isSchema(second)) {
        if (Object.keys(first).some((key) => key in second)) this.isExact = false
        merged[name] = { ...first, ...second }
      } else if (!this.#isSame(first, second)) this.isExact = false
    }
    // A closed object that another part opens is open to what that part names alone.
    if ('properties' in one && 'properties' in other && 'additionalProperties' in merged) this.isExact = false
    return merged
  }

  #isSame(one: unknown, other: unknown): boolean {
    if (one === other) return true
    if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
    const names = Object.keys(one)
    if (!this.#goes(names.length + 1) || Object.keys(other).length !== names.length) return false
    const [first, second]: Schema[] = [{ ...one }, { ...other }]
    return names.every((name) => name in other && this.#isSame(first?.[name], second?.[name]))
  }

  /** Takes so many steps; false, and the schema is given up, where they are not left. */
  #goes(steps: number): boolean {
    this.#stepsLeft -= steps
    if (this.#stepsLeft < 0) this.isExact = false
    return this.#stepsLeft >= 0
  }

  #plain(value: Schema, depth: number): Schema {
    if ('const' in value && !this.#rules.takesConst) return this.#values([value['const']], value)
    if (Array.isArray(value['enum'])) return this.#values(value['enum'], value)
    const type =
      typeof value['type'] === 'string' || Array.isArray(value['type']) ? value['type'] : typeOf(value)
    if (type === null && !('const' in value)) return this.#anything(value)
    const isObject = type === 'object' || (Array.isArray(type) && type.includes('object'))
    const isList = type === 'array' || (Array.isArray(type) && type.includes('array'))
    return {
      ...this.#told(value),
      ...('const' in value ? { const: value['const'] } : {}),
      ...(type === null ? {} : { type }),
      ...(isObject ? this.#object(value, depth) : {}),
      ...(isList ? this.#list(value, depth) : {}),
    }
  }

  #object(value: Schema, depth: number): Schema {
    const properties = members(value['properties'])
    const others = value['additionalProperties']
    const told: Record<string, unknown> = {}
    if ('properties' in value || this.#rules.closesObjects)
      told['properties'] = Object.fromEntries(
        Object.entries(properties).map(([name, one]) => [name, this.node(one, depth + 1)]),
      )
    if (Array.isArray(value['required'])) told['required'] = value['required']
    if (this.#rules.closesObjects) {
      // Closing an object leaves out only what nobody named; one that is a map cannot be told at all.
      const isMap = Object.keys(properties).length === 0 && others !== false
      if (isMap || isSchema(others)) this.isExact = false
      told['additionalProperties'] = false
    } else if (isSchema(others)) told['additionalProperties'] = this.node(others, depth + 1)
    else if (typeof others === 'boolean') told['additionalProperties'] = others
    return told
  }

  #list(value: Schema, depth: number): Schema {
    const { items, minItems } = value
    const isLeastTold = this.#rules.closesObjects && (minItems === 0 || minItems === 1)
    if (minItems !== undefined && minItems !== 0 && !isLeastTold) this.isExact = false
    return {
      ...(items === undefined ? {} : { items: this.node(items, depth + 1) }),
      ...(isLeastTold ? { minItems } : {}),
    }
  }

  /** Values of one type each: a vendor may refuse a mixed list. */
  #values(values: readonly unknown[], value: Schema): Schema {
    const strings = values.filter((one) => typeof one === 'string')
    const numbers = values.filter((one) => typeof one === 'number')
    const isPlain = strings.length === values.length || numbers.length === values.length
    const told = this.#told(value)
    if (isPlain || this.#rules.takesTypeLists) {
      if (values.some((one) => typeof one === 'object' && one !== null)) this.isExact = false
      const type =
        strings.length === values.length ? 'string' : numbers.length === values.length ? 'number' : null
      return { ...told, ...(type === null ? {} : { type }), enum: values }
    }
    const booleans = values.filter((one) => typeof one === 'boolean')
    if (
      booleans.length === 1 ||
      strings.length + numbers.length + booleans.length < values.filter((one) => one !== null).length
    )
      this.isExact = false
    const options: Schema[] = [
      ...(strings.length > 0 ? [{ type: 'string', enum: strings }] : []),
      ...(numbers.length > 0 ? [{ type: 'number', enum: numbers }] : []),
      ...(booleans.length > 0 ? [{ type: 'boolean' }] : []),
      ...(values.includes(null) ? [{ type: 'null' }] : []),
    ]
    const [only, second] = options
    return only !== undefined && second === undefined ? { ...told, ...only } : { ...told, anyOf: options }
  }

  #reference(place: string): Schema {
    const name = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec(place)?.[1]
    if (name !== undefined) return { $ref: `#/$defs/${name}` }
    if (place === '#' && this.#rules.takesLoops) return { $ref: '#' }
    this.isExact = false
    return this.#anything()
  }

  #anything(value: Schema = {}): Schema {
    if (this.#rules.closesObjects) this.isExact = false
    return this.#rules.needsType
      ? { ...this.#told(value), anyOf: TYPES.map((type) => ({ type })) }
      : this.#told(value)
  }

  #told(value: Schema): Schema {
    return Object.fromEntries(
      Object.entries(value).filter(
        ([name, told]) => this.#rules.kept.has(name) && (name !== 'format' || CLAUDE_FORMATS.has(told)),
      ),
    )
  }
}

function withoutTold(value: Schema): Schema {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([name]) => !ANNOTATIONS.has(name) && name !== '$defs' && name !== 'definitions',
    ),
  )
}

/** Alternatives of which no value fits two: of different types, or with one member that tells them apart. */
function areApart(branches: readonly unknown[]): boolean {
  const schemas = branches.map((branch) => (isSchema(branch) ? branch : {}))
  const types = schemas.map(({ type }) => type)
  if (types.every((type) => typeof type === 'string') && new Set(types).size === types.length) return true
  const [first = {}] = schemas
  return Object.keys(members(first['properties'])).some((name) => {
    const seen = new Set<unknown>()
    return schemas.every((schema) => {
      const value = members(members(schema['properties'])[name])['const']
      const isNew = value !== undefined && !seen.has(value)
      seen.add(value)
      return isNew
    })
  })
}

function typeOf(value: Schema): string | null {
  if ('properties' in value || 'required' in value || 'additionalProperties' in value) return 'object'
  return 'items' in value ? 'array' : null
}

function members(value: unknown): Schema {
  return isSchema(value) ? value : {}
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
