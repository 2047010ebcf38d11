// Finds the verb, runs it, and turns what goes wrong into a message and an exit code.

import { ConfigError, formatProblems } from '../config/config-error.ts'
import { GatewayError } from '../core/errors.ts'
import { StoreUnavailableError } from '../ledger/store.ts'
import { auditCommand } from './audit-command.ts'
import { budgetCommands } from './budget-commands.ts'
import { catalogCommands } from './catalog-command.ts'
import { type Command, type CommandContext, EXIT_FAILED, UsageError } from './command.ts'
import { completionCommand } from './completion-command.ts'
import { explainCommand } from './explain-command.ts'
import { keyCommands } from './key-commands.ts'
import { reconcileCommand } from './reconcile-command.ts'
import { replayCommand } from './replay-command.ts'
import { requestCommands } from './request-commands.ts'
import { serveCommand } from './serve-command.ts'
import { spendCommand } from './spend-command.ts'

const VERBS: readonly Command[] = [
  serveCommand,
  ...keyCommands,
  ...budgetCommands,
  spendCommand,
  reconcileCommand,
  auditCommand,
  ...requestCommands,
  explainCommand,
  ...catalogCommands,
  replayCommand,
]

const COMMANDS = [...VERBS, completionCommand(VERBS)]

const EXIT_OK = 0
const EXIT_USAGE = 2
/** EX_CONFIG of sysexits.h. */
const EXIT_CONFIG = 78

/** Runs what was typed after `farthing`; resolves to the exit code. */
export async function runCommand(args: readonly string[], context: CommandContext): Promise<number> {
  const firstOption = args.findIndex((arg) => arg.startsWith('-'))
  const words = firstOption === -1 ? args : args.slice(0, firstOption)
  const command = COMMANDS.find(({ name }) =>
    name.split(' ').every((word, position) => words[position] === word),
  )
  const wantsHelp = args.includes('--help') || args.includes('-h')
  if (command === undefined) return overview(words, wantsHelp, context)
  if (wantsHelp) {
    context.out(usageOf(command))
    return EXIT_OK
  }
  try {
    return (await command.run(args.slice(command.name.split(' ').length), context)) ?? EXIT_OK
  } catch (error) {
    if (error instanceof UsageError) {
      context.err(`farthing ${command.name}: ${error.message}.\n\n${usageOf(command)}`)
      return EXIT_USAGE
    }
    context.err(args.includes('--json') ? `${JSON.stringify(errorJson(error))}\n` : errorText(error))
    return error instanceof ConfigError ? EXIT_CONFIG : EXIT_FAILED
  }
}

function overview(words: readonly string[], wantsHelp: boolean, { out, err }: CommandContext): number {
  const [verb] = words
  const within = COMMANDS.filter(({ name }) => verb !== undefined && name.split(' ')[0] === verb)
  const shown = within.length > 0 ? within : COMMANDS
  const width = Math.max(...shown.map(({ name }) => name.length))
  const lines = shown.map(({ name, summary }) => `  farthing ${name.padEnd(width)}  ${summary}\n`)
  const text = `Usage:\n${lines.join('')}\nEach has --help and --json. ${SETTINGS}`
  if (wantsHelp && (words.length === 0 || within.length > 0)) {
    out(text)
    return EXIT_OK
  }
  err(words.length === 0 ? text : `farthing: there is no "${words.slice(0, 2).join(' ')}".\n\n${text}`)
  return EXIT_USAGE
}

const SETTINGS = `Keys and reports are those of the store that the configuration names
(FARTHING_CONFIG, REDIS_URL, FARTHING_DATA_DIR), or of a running gateway when FARTHING_URL and
FARTHING_ADMIN_KEY are set.
`

function usageOf({ name, summary, usage, examples }: Command): string {
  const shown = examples.map((example) => `  ${example}\n`).join('')
  return `farthing ${name}: ${summary}\n\n${usage.trimEnd()}\n\n  --json  print JSON\n  --help  print this\n\nSuch as:\n${shown}`
}

function errorText(error: unknown): string {
  if (error instanceof ConfigError) return formatProblems(error)
  return `farthing: ${messageOf(error)}\n`
}

function errorJson(error: unknown): object {
  const { code, param } = error instanceof GatewayError ? error : { code: 'failed', param: null }
  return { error: { message: messageOf(error), param, code: error instanceof ConfigError ? 'config' : code } }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // The operator at the terminal is told what a client of the API is not: which host did not answer, and how.
  return error.cause instanceof StoreUnavailableError
    ? `${error.message} (${error.cause.message})`
    : error.message
}
