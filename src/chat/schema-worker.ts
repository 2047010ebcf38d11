// The thread in which answers are held against JSON schemas. Both are strangers': compiling and checking may take for ever,
// or all the memory there is, so whoever started the thread ends it when that happens.

import { parentPort } from 'node:worker_threads'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'

export interface SchemaQuestion {
  /** As JSON. */
  readonly schema: string
  /** The text of the answer; null: is the schema one at all? */
  readonly answer: string | null
}

export interface SchemaVerdict {
  /** False where nothing can be held against the schema. */
  readonly isUsable: boolean
  /** What is wrong with the answer; empty: it fits. */
  readonly problems: readonly string[]
}

const MAX_COMPILED = 100
const MAX_PROBLEMS = 8
const MAX_PROBLEM_LENGTH = 300
/** Formats are annotations, as in the standard; a schema may say what this program does not know. */
const OPTIONS = {
  strict: false,
  validateFormats: false,
  inlineRefs: false,
  allErrors: true,
  addUsedSchema: false,
  logger: false,
} as const

const port = parentPort
if (port === null) throw new Error('this file runs as a worker thread')
const meta = new Ajv2020(OPTIONS)
/** The newest last. */
const compiled = new Map<string, ValidateFunction>()

port.on('message', (question: SchemaQuestion) => port.postMessage(judge(question)))
port.postMessage(null)

function judge({ schema, answer }: SchemaQuestion): SchemaVerdict {
  try {
    const validate = compiled.get(schema) ?? compile(schema)
    compiled.delete(schema)
    compiled.set(schema, validate)
    return { isUsable: true, problems: answer === null ? [] : problemsOf(validate, answer) }
  } catch {
    return { isUsable: false, problems: ['it cannot be held against the schema'] }
  }
}

/** Throws where it is no schema. */
function compile(text: string): ValidateFunction {
  const parsed: unknown = JSON.parse(text)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new Error('no JSON schema')
  // Of whichever draft: what they have in common is what people write.
  const schema: Record<string, unknown> = { ...parsed }
  delete schema['$schema']
  // Not of the standard: such a check would answer later, or never.
  delete schema['$async']
  if (meta.validateSchema(schema) !== true) throw new Error('no JSON schema')
  const [oldest] = compiled.keys()
  if (oldest !== undefined && compiled.size >= MAX_COMPILED) compiled.delete(oldest)
  // One for each: two schemas may have the same `$id`.
  return new Ajv2020({ ...OPTIONS, validateSchema: false }).compile(schema)
}

function problemsOf(validate: ValidateFunction, answer: string): readonly string[] {
  let value: unknown
  try {
    value = JSON.parse(answer)
  } catch {
    return ['it is not JSON']
  }
  if (validate(value)) return []
  const problems = (validate.errors ?? []).slice(0, MAX_PROBLEMS).map(describeError)
  return problems.length > 0 ? problems : ['it does not fit the schema']
}

function describeError({ instancePath, message, params }: ErrorObject): string {
  const place = instancePath === '' ? 'the value' : instancePath
  const details = Object.keys(params).length === 0 ? '' : ` ${JSON.stringify(params)}`
  return `${place} ${message ?? 'is wrong'}${details}`.slice(0, MAX_PROBLEM_LENGTH)
}
