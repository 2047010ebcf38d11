// What a verb of the command line is made of, and how its arguments are read.

import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { Environment } from '../config/environment.ts'
import type { Style } from './style.ts'

export interface CommandContext {
  readonly env: Environment
  /** Data. */
  readonly out: (text: string) => void
  /** Messages. */
  readonly err: (text: string) => void
  /** For data. */
  readonly style: Style
  /** A person sees the messages as they come. */
  readonly isWatched: boolean
}

export interface Command {
  /** As it is typed after `farthing`: `keys create`. */
  readonly name: string
  readonly summary: string
  /** Arguments and options, line by line, for --help. */
  readonly usage: string
  /** As they are typed, for --help. */
  readonly examples: readonly string[]
  /** Resolves with an exit code where what was found is no success, though nothing failed. */
  run(args: readonly string[], context: CommandContext): Promise<number | void>
}

export const EXIT_FAILED = 1
/** The command did its work, and found what it was to warn of. */
export const EXIT_FOUND = 3

/** The command was typed wrongly: usage is shown, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export interface Arguments {
  readonly positionals: readonly string[]
  /** The last one given, for options that stand once. */
  text(name: string): string | undefined
  /** All that were given, in their order. */
  list(name: string): readonly string[]
  flag(name: string): boolean
}

/** Every verb has --json and --help besides its own options; an option that is not one is a UsageError. */
export function readArguments(
  args: readonly string[],
  options: ParseArgsOptionsConfig,
  positionalNames: readonly string[] = [],
): Arguments {
  const { values, positionals } = parse(args, options)
  const valueOf = new Map<string, unknown>(Object.entries(values))
  const missing = positionalNames[positionals.length]
  if (missing !== undefined) throw new UsageError(`${missing} is missing`)
  const surplus = positionals[positionalNames.length]
  if (surplus !== undefined) throw new UsageError(`what is "${surplus}"? Nothing more is expected there`)
  return {
    positionals,
    text(name) {
      const value = valueOf.get(name)
      return typeof value === 'string' ? value : undefined
    },
    list(name) {
      const value = valueOf.get(name)
      return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
    },
    flag: (name) => valueOf.get(name) === true,
  }
}

function parse(
  args: readonly string[],
  options: ParseArgsOptionsConfig,
): { values: object; positionals: string[] } {
  try {
    return parseArgs({
      args: [...args],
      options: { ...options, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    })
  } catch (error) {
    // parseArgs explains itself well; only its hint on "--" is of no use here.
    if (error instanceof TypeError)
      throw new UsageError(error.message.split('. To specify')[0] ?? error.message)
    throw error
  }
}
