// File and environment → checked configuration, or a ConfigError with every problem found. What needs the catalogue
// to be judged stands in cross-check.ts.

import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { TIERS } from '../core/tier.ts'
import { buildConfig } from './build-config.ts'
import type { Config } from './config.ts'
import { ConfigError, type ConfigProblem } from './config-error.ts'
import { type Environment, parseEnvironment, type Report } from './environment.ts'
import { formatPath, type ParsedFile, parseConfigFile } from './parse-file.ts'

export const DEFAULT_CONFIG_FILE = 'config/gateway.yaml'

export interface ConfigSource {
  /** Path of the YAML file: FARTHING_CONFIG, or DEFAULT_CONFIG_FILE. */
  readonly file: string
  readonly env: Environment
  readonly readFile?: (path: string) => string
  /** At a start an empty file means the defaults; later, that somebody is just writing it. */
  readonly mayBeEmpty?: boolean
}

export function loadConfig({ file, env, readFile = readText, mayBeEmpty = true }: ConfigSource): Config {
  const problems: ConfigProblem[] = []
  const report: Report = (problem) => void problems.push(problem)
  const gateway = parseEnvironment(env, report)
  const parsed = readContent(file, { readFile, mayBeEmpty }, report)
  if (parsed === null) throw new ConfigError(problems)

  const catalogPath = resolve(dirname(file), parsed.content.catalog)
  const config = buildConfig({ parsed, path: file, gateway, env, catalogPath }, report)
  checkAliasNames(config, report)
  checkOpenHost(config, report)
  checkDeadlines(config, report)
  if (problems.length > 0) throw new ConfigError(problems)
  return config
}

type Reading = Required<Pick<ConfigSource, 'readFile' | 'mayBeEmpty'>>

function readContent(file: string, { readFile, mayBeEmpty }: Reading, report: Report): ParsedFile | null {
  let text: string
  try {
    text = readFile(file)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const wanted = `a readable YAML file; FARTHING_CONFIG names another than ${DEFAULT_CONFIG_FILE}`
    report({ path: file, problem: `cannot be read (${reason})`, wanted })
    return null
  }
  if (!mayBeEmpty && isBlank(text)) {
    report({ path: file, problem: 'is empty', wanted: 'the whole configuration' })
    return null
  }
  try {
    return parseConfigFile(text, file)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const problem of error.problems) report(problem)
    return null
  }
}

/** Nothing but comments. */
function isBlank(text: string): boolean {
  return text.split('\n').every((line) => /^\s*(?:#.*|---\s*)?$/.test(line))
}

function readText(path: string): string {
  return readFileSync(path, 'utf8')
}

/** An alias is looked up after tiers, `auto` and pinned models, so a name of those forms could never be reached. */
function checkAliasNames(config: Config, report: Report): void {
  const reserved: ReadonlySet<string> = new Set([...TIERS, 'auto'])
  for (const name of config.routing.aliases.keys()) {
    const path = formatPath(['routing', 'aliases', name])
    const wanted =
      'a model name as applications send it, other than a tier or auto, without slash or white space'
    if (reserved.has(name))
      report({ path, problem: `takes the name of ${name === 'auto' ? 'auto' : 'a tier'}`, wanted })
    else if (!/^[^\s/]{1,200}$/.test(name)) report({ path, problem: 'is not a usable name', wanted })
  }
}

/** Without keys whoever reaches the port spends the operator's money. */
function checkOpenHost({ auth, server }: Config, report: Report): void {
  if (auth.mode !== 'open' || isLoopback(server.host)) return
  const problem = `is open while the gateway listens on ${server.host}`
  report({
    path: 'auth.mode',
    problem,
    wanted: 'keys, or a loopback address (127.0.0.1) in server.host and HOST',
  })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** A deadline that another one always cuts short is a mistake. */
function checkDeadlines({ deadlines, providers }: Config, report: Report): void {
  const check = (path: string, { connectMs, firstByteMs, totalMs }: Config['deadlines']): void => {
    const wanted = `at least first_byte_ms and connect_ms (${Math.max(firstByteMs, connectMs)})`
    if (totalMs < firstByteMs || totalMs < connectMs)
      report({ path: `${path}.total_ms`, problem: `is ${totalMs}`, wanted })
  }
  check('deadlines', deadlines)
  for (const [id, provider] of providers) {
    if (provider.deadlines !== deadlines) check(`providers.${id}.deadlines`, provider.deadlines)
  }
}
