// The schema of what a tool takes, as OpenAI and Claude want its root: an object with properties, and no choice between several
// (langchain-ai/langchainjs 9804, spring-projects/spring-ai 4776, MoonshotAI/kimi-code 2328). What lies deeper is not looked at.

type Schema = Readonly<Record<string, unknown>>

export interface RootedSchema {
  readonly schema: Schema
  /** Whatever fits it fits the schema that was asked for. */
  readonly isExact: boolean
}

/** Keywords that no root may have. */
export const ROOT_CHOICES: readonly string[] = ['anyOf', 'oneOf', 'allOf', 'enum', 'not']
const BRANCHES = ROOT_CHOICES.slice(0, 3)
/** Of a root that refers to one that refers. */
const MOST_STEPS = 8

export function rootedSchema(asked: unknown): RootedSchema {
  const root = resolved(isSchema(asked) ? asked : {})
  const isExact = !ROOT_CHOICES.some((name) => name in root)
  const branches = BRANCHES.flatMap((name) => (Array.isArray(root[name]) ? root[name] : []))
  const properties: Record<string, unknown> = {}
  for (const branch of [...branches, root]) {
    const known = isSchema(branch) ? resolved({ ...definitions(root), ...branch })['properties'] : null
    if (isSchema(known)) Object.assign(properties, known)
  }
  const kept = Object.entries(root).filter(([name]) => !ROOT_CHOICES.includes(name))
  return { schema: { ...Object.fromEntries(kept), type: 'object', properties }, isExact }
}

/** A root that is only a reference to one of its own definitions stands for that one. */
function resolved(root: Schema): Schema {
  let schema = root
  for (let step = 0; step < MOST_STEPS; step++) {
    const [, place, name = ''] = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(String(schema['$ref'])) ?? []
    const all = place === undefined ? null : root[place]
    const found = isSchema(all) ? all[name] : null
    if (!isSchema(found)) return schema
    const { $ref: _, ...others } = schema
    schema = { ...others, ...found }
  }
  return schema
}

function definitions({ $defs, definitions: older }: Schema): Schema {
  return { ...($defs === undefined ? {} : { $defs }), ...(older === undefined ? {} : { definitions: older }) }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
