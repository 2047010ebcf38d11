// The files of the page, made ready for browsers once, when the first of them is asked for, in a thread of its own: requests
// are served meanwhile, and a gateway whose page nobody opens spends nothing on it.

import { Worker } from 'node:worker_threads'

export interface PageFile {
  readonly type: string
  readonly etag: string
  readonly plain: Uint8Array
  readonly gzipped: Uint8Array
}

export interface PageFiles {
  /** By name; `page.html` is the page itself. Rejects where they cannot be made, and tries again the next time. */
  load(): Promise<ReadonlyMap<string, PageFile>>
}

export function createPageFiles(): PageFiles {
  let files: Promise<ReadonlyMap<string, PageFile>> | null = null
  return {
    load() {
      files ??= prepare().catch((error: unknown) => {
        files = null
        throw error
      })
      return files
    },
  }
}

function prepare(): Promise<ReadonlyMap<string, PageFile>> {
  const { promise, resolve, reject } = Promise.withResolvers<ReadonlyMap<string, PageFile>>()
  const worker = new Worker(new URL('./page-worker.ts', import.meta.url), {
    // Node calls what takes types away experimental where it is called as a function.
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  worker.once('message', resolve)
  worker.once('error', reject)
  worker.once('exit', () => reject(new Error('the thread that prepares the page ended without its files')))
  return promise
}
