// The official client for Python, in a virtual environment of its own that goes with the run. One process does what it is
// told, line by line.

import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { ASKED } from './asked.ts'
import { type ConformanceClient, OPENAI_ERRORS, type Session } from './client.ts'

const VERSION = '3.57.0'
const INSTALL_TIMEOUT_MS = 180_000

export type PythonClient =
  | { readonly client: ConformanceClient; readonly reason: null }
  | { readonly client: null; readonly reason: string }

/** Null, with the reason, where Python or the package cannot be had. */
export async function createOpenAiPython(): Promise<PythonClient> {
  const folder = await mkdtemp(join(tmpdir(), 'farthing-python-'))
  const run = promisify(execFile)
  const python = join(folder, 'bin/python')
  try {
    await run('python3', ['-m', 'venv', folder], { timeout: INSTALL_TIMEOUT_MS })
    await run(python, ['-m', 'pip', 'install', '--quiet', `openai==${VERSION}`], {
      timeout: INSTALL_TIMEOUT_MS,
    })
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    const said = error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error)
    return {
      client: null,
      reason: `python3 with openai ${VERSION} could not be set up (${said.slice(0, 200)})`,
    }
  }
  return { client: startClient(python, folder), reason: null }
}

interface Reply {
  readonly result?: never
  readonly error?: string
}

function startClient(python: string, folder: string): ConformanceClient {
  const child = spawn(python, [join(import.meta.dirname, 'openai-client.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  /** One at a time: the cases run one after the other. */
  const call = async (verb: string, session: Session, isStream = false): Promise<never> => {
    child.stdin.write(`${JSON.stringify({ verb, isStream, image: ASKED.image, ...session })}\n`)
    const line = await lines.next()
    if (line.done === true) throw new Error('the Python process ended')
    const { result, error }: Reply = JSON.parse(line.value)
    if (error !== undefined || result === undefined) throw new Error(error ?? 'no result')
    return result
  }
  return {
    name: 'openai (Python)',
    version: VERSION,
    errorNames: OPENAI_ERRORS,
    chat: (session) => call('chat', session),
    stream: (session) => call('stream', session),
    tools: (session, isStream) => call('tools', session, isStream),
    structured: (session) => call('structured', session),
    vision: (session) => call('vision', session),
    abort: (session) => call('abort', session),
    refusal: (session) => call('refusal', session),
    brokenStream: (session) => call('broken_stream', session),
    async close() {
      child.stdin.end()
      await new Promise((resolve) => child.once('close', resolve))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
