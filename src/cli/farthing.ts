#!/usr/bin/env node
// The `farthing` command. Data goes to stdout, everything said about it to stderr, and failures have their exit codes.

import { runCommand } from './run-command.ts'
import { createStyle } from './style.ts'

const exitCode = await runCommand(process.argv.slice(2), {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  style: createStyle(process.stdout),
  isWatched: process.stderr.isTTY,
})
// A gateway that could not start may have left something open that would keep the process alive. After success nothing is
// forced: `serve` runs on, and has set its own exit code when the configuration is wrong.
if (exitCode !== 0) process.exit(exitCode)
