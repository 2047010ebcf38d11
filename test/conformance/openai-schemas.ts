// OpenAI's published schemas as validators. The file says `nullable` in places, which JSON Schema does not know: null is
// added to what they allow.

import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'

export type SchemaName =
  | 'CreateChatCompletionResponse'
  | 'CreateChatCompletionStreamResponse'
  | 'ErrorResponse'
  | 'ListModelsResponse'
  | 'Model'

export interface OpenAiSchemas {
  /** Of the document. */
  readonly version: string
  /** What is wrong with the value, one line each; empty where nothing is. */
  problems(name: SchemaName, value: unknown): readonly string[]
}

interface Document {
  readonly info: { readonly version: string }
}

export function loadOpenAiSchemas(path: string): OpenAiSchemas {
  const document: unknown = JSON.parse(readFileSync(path, 'utf8'), (_, value: unknown) => withNull(value))
  if (!isOpenApi(document))
    throw new Error(`${path} is no OpenAPI document with info.version and components.schemas`)
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
  ajv.addSchema(document, 'openai')
  return {
    version: document.info.version,
    problems(name, value) {
      const validate = ajv.getSchema(`openai#/components/schemas/${name}`)
      if (validate === undefined) throw new Error(`the document has no schema ${name}`)
      if (validate(value) === true) return []
      return (validate.errors ?? []).map(
        ({ instancePath, message, params }) =>
          `${name}${instancePath.replaceAll(/\/\d+/g, '[]').replaceAll('/', '.')} ${message ?? ''} ${JSON.stringify(params)}`,
      )
    },
  }
}

function isOpenApi(document: unknown): document is Document {
  if (!isRecord(document) || !isRecord(document['info']) || !isRecord(document['components'])) return false
  return typeof document['info']['version'] === 'string' && isRecord(document['components']['schemas'])
}

function withNull(value: unknown): unknown {
  if (!isRecord(value) || value['nullable'] !== true) return value
  const { nullable: _, ...schema } = value
  return { anyOf: [schema, { type: 'null' }] }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
