// What the image does, without an engine: the files that the Dockerfile copies and the production dependencies, in a folder
// of their own, under the image's own command and health check.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

const folder = mkdtempSync(join(tmpdir(), 'farthing-image-'))
const lines = readFileSync('Dockerfile', 'utf8').replaceAll('\\\n', '').split('\n')
const lastStage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')))
const argsOf = (line: string): readonly string[] =>
  z.array(z.string()).parse(JSON.parse(line.slice(line.indexOf('['))))
const command = argsOf(lastStage.find((line) => line.startsWith('CMD ')) ?? '')
const healthCheck = argsOf(lastStage.find((line) => line.startsWith('HEALTHCHECK ')) ?? '')
const environment = Object.fromEntries(
  Array.from(
    lastStage.find((line) => line.startsWith('ENV '))?.matchAll(/(\w+)=(\S+)/g) ?? [],
    ([, name, value]) => [name, value] as const,
  ),
)

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ dev: z.boolean().optional(), devOptional: z.boolean().optional() }),
  ),
})

beforeAll(() => {
  for (const line of lastStage.filter((each) => each.startsWith('COPY ') && !each.includes('--from='))) {
    const [target = '', ...sources] = line.split(/\s+/).slice(1).toReversed()
    for (const source of sources)
      cpSync(source, join(folder, target === './' ? source : target), { recursive: true })
  }
  const { packages } = lockSchema.parse(JSON.parse(readFileSync('package-lock.json', 'utf8')))
  for (const [path, { dev, devOptional }] of Object.entries(packages))
    if (path !== '' && dev !== true && devOptional !== true)
      cpSync(path, join(folder, path), { recursive: true })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run([program = '', ...args]: readonly string[], env: Readonly<Record<string, string>>) {
  return spawn(program, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    // The image has the pinned Node, and no other.
    env: { ...environment, PATH: dirname(process.execPath), FARTHING_DATA_DIR: join(folder, 'data'), ...env },
  })
}

async function exitCodeOf(child: ReturnType<typeof run>): Promise<unknown> {
  const [code]: unknown[] = await once(child, 'exit')
  return code
}

describe("the image's command", () => {
  it('serves, passes its health check, and stops on SIGTERM', async () => {
    const gateway = run(command, { HOST: '127.0.0.1', PORT: '0', OPENAI_API_KEY: 'sk-none' })
    const ended = exitCodeOf(gateway)
    const said = text(gateway.stderr)
    let port = ''
    for await (const line of createInterface(gateway.stdout)) {
      port = /"url":"http:\/\/127\.0\.0\.1:(\d+)"/.exec(line)?.[1] ?? ''
      if (port !== '') break
    }
    gateway.stdout.resume()
    if (port === '') throw new Error(`the gateway did not start: ${await said}`)
    expect(await exitCodeOf(run(healthCheck, { PORT: port }))).toBe(0)
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`)
    expect({ status: ready.status, body: await ready.json() }).toMatchObject({ status: 200 })
    gateway.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(await exitCodeOf(run(healthCheck, { PORT: port }))).toBe(1)
  })

  it('is 78 where the configuration is missing, and says so', async () => {
    const gateway = run(command, { FARTHING_CONFIG: 'gone.yaml' })
    const [said, code] = await Promise.all([text(gateway.stderr), exitCodeOf(gateway)])
    expect({ said, code }).toMatchObject({
      said: expect.stringContaining('gone.yaml: cannot be read'),
      code: 78,
    })
  })
})
