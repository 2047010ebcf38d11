#!/usr/bin/env node
// npm run demo: the gateway in front of simulated providers, a day's requests through the official client, what each cost
// and why, and at the end the gateway's ledger against the providers' own books. No key, no network, no Redis.

import { parseArgs } from 'node:util'
import { runDemo } from './demo/run-demo.ts'
import { createTerminal } from './demo/terminal.ts'

const USAGE = `Usage: npm run demo [-- --keep]

  --keep   leave the gateway running afterwards, and print URLs and keys
  --help   this text
`

function readOptions(): { readonly keep: boolean; readonly help: boolean } | null {
  try {
    const { values } = parseArgs({
      options: { keep: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    })
    return values
  } catch {
    return null
  }
}

const options = readOptions()
if (options === null || options.help) {
  process.stdout.write(USAGE)
  process.exitCode = options === null ? 2 : 0
} else {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  process.once('SIGTERM', () => stop.abort())
  process.exitCode = await runDemo(createTerminal(process.stdout), {
    keep: options.keep,
    stopped: stop.signal,
  })
}
