// The price listing of an npm package, fetched by npm when somebody asks, or taken from a folder. Its files are read as data.

import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type PriceListing, parsePriceListing } from '../admin/catalog-check/price-listing.ts'

const PACKAGE = '@earendil-works/pi-ai'
const DATA = 'package/dist/providers/data'
const TIMEOUT_MS = 120_000
const run = promisify(execFile)

/** Rejects in words that say what to do. */
export async function fetchPriceListing(): Promise<PriceListing> {
  const folder = await mkdtemp(join(tmpdir(), 'farthing-prices-'))
  const options = { cwd: folder, timeout: TIMEOUT_MS }
  try {
    const { stdout } = await run('npm', ['pack', PACKAGE, '--ignore-scripts', '--silent'], options)
    const archive = stdout.trim().split('\n').at(-1) ?? ''
    await run('tar', ['-xzf', archive, DATA], options)
    return await readPriceListing(join(folder, DATA))
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    throw new Error(
      `the prices of npm's ${PACKAGE} cannot be fetched (${reason}); --prices FOLDER takes its dist/providers/data`,
      { cause: error },
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export async function readPriceListing(folder: string): Promise<PriceListing> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
  const files = await Promise.all(
    names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const),
  )
  try {
    return parsePriceListing(new Map(files))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${folder} has no price listing: ${reason.slice(0, 200)}`, { cause: error })
  }
}
