// A secret that stands in the file, or in a variable that the file names.

import { type Environment, type Report, secretVariable } from './environment.ts'
import { createSecret, type Secret } from './secret.ts'

export interface SecretChoice {
  /** Of the section, as the file has it. */
  readonly path: string
  readonly name: 'token' | 'secret'
  readonly written: string | undefined
  readonly variable: string | undefined
}

const LEAST_LENGTH = 16

/** Null where neither is given, or what is given is reported. */
export function readSecret(
  { path, name, written, variable }: SecretChoice,
  env: Environment,
  report: Report,
): Secret | null {
  if (variable === undefined) return written === undefined ? null : createSecret(written)
  if (written !== undefined) {
    report({
      path: `${path}.${name}_env`,
      problem: `stands beside ${path}.${name}`,
      wanted: 'one of the two',
    })
  }
  const secret = secretVariable(env, variable, { leastLength: LEAST_LENGTH, report })
  if (secret === null) {
    const problem = `names ${variable}, which is not set`
    report({ path: `${path}.${name}_env`, problem, wanted: `the name of a variable that holds the ${name}` })
  }
  return secret
}
