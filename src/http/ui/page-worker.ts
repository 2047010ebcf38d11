// The thread that prepares the page: its TypeScript without types, everything compressed, each with its type and its hash.

import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parentPort } from 'node:worker_threads'
import { constants, gzipSync } from 'node:zlib'
import type { PageFile } from './page-files.ts'

/** The first of its modules; the others, the style and the document lie beside it. */
const ENTRY = new URL('../../ui/page.ts', import.meta.url)
const SOURCES = dirname(fileURLToPath(ENTRY))
/** Others that lie there, such as the compiler's configuration, are not served. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ts': 'text/javascript; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}
const PACKAGED = [
  ['uplot.js', 'uplot/dist/uPlot.iife.min.js'],
  ['uplot.css', 'uplot/dist/uPlot.min.css'],
] as const

function readSources(): readonly (readonly [name: string, text: string])[] {
  return readdirSync(SOURCES).map((name) => {
    const text = readFileSync(join(SOURCES, name), 'utf8')
    return [name, name.endsWith('.ts') ? stripTypeScriptTypes(text) : text]
  })
}

function readPackaged(): readonly (readonly [name: string, text: string])[] {
  const { resolve } = createRequire(import.meta.url)
  return PACKAGED.map(([name, path]) => [name, readFileSync(resolve(path), 'utf8')])
}

function prepare(text: string, type: string): PageFile {
  const plain = Buffer.from(text)
  return {
    type,
    etag: `"${hash('sha256', plain, 'base64url').slice(0, 22)}"`,
    plain,
    gzipped: gzipSync(plain, { level: constants.Z_BEST_COMPRESSION }),
  }
}

const files = new Map<string, PageFile>()
for (const [name, text] of [...readSources(), ...readPackaged()]) {
  const type = TYPES[extname(name)]
  if (type !== undefined) files.set(name, prepare(text, type))
}
const port = parentPort
if (port === null) throw new Error('this file runs as a worker thread')
port.postMessage(files)
