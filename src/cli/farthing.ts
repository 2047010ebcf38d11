#!/usr/bin/env node
// The `farthing` command. Data goes to stdout, everything said about it to stderr, and failures have their exit codes.

import { runCommand } from './run-command.ts'

const exitCode = await runCommand(process.argv.slice(2), {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
})
// `serve` has set its own when the configuration is wrong.
process.exitCode ??= exitCode
