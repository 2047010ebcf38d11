// farthing completion

import { type Command, readArguments, UsageError } from './command.ts'
import { type CompletedVerb, SHELLS } from './completion-scripts.ts'

/** `others`: every command but this one. */
export function completionCommand(others: readonly Command[]): Command {
  const own: Command = {
    name: 'completion',
    summary: 'a script that completes commands and options in a shell',
    usage: '  farthing completion bash|zsh|fish',
    examples: [
      'source <(farthing completion bash)                                  # in ~/.bashrc',
      'farthing completion zsh > "${fpath[1]}/_farthing"',
      'farthing completion fish > ~/.config/fish/completions/farthing.fish',
    ],
    run(args, { out }) {
      const { positionals } = readArguments(args, {}, ['SHELL'])
      const script = SHELLS.get(positionals[0] ?? '')
      if (script === undefined) throw new UsageError(`SHELL is one of ${[...SHELLS.keys()].join(', ')}`)
      out(script([...others, own].map(readVerb)))
      return Promise.resolve()
    },
  }
  return own
}

/** What --help tells of a command is what is completed. */
function readVerb({ name, summary, usage }: Command): CompletedVerb {
  const options = new Set(Array.from(usage.matchAll(/(?<![\w-])--[a-z][a-z-]*/g), ([option]) => option))
  return { name, summary, options: [...options, '--json', '--help'] }
}
