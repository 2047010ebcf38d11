// Holds answers against JSON schemas in a thread of its own, one after the other, each within a bounded time: what takes
// longer is ended with the thread, and its schema is not tried again.

import { createHash } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../core/clock.ts'
import type { SchemaQuestion, SchemaVerdict } from './schema-worker.ts'

export interface SchemaChecker {
  /** Whether answers can be held against the schema, given as JSON. Never rejects. */
  canCheck(schema: string): Promise<boolean>
  /** What is wrong with the answer; empty: it fits. Never rejects. */
  problemsOf(schema: string, answer: string): Promise<readonly string[]>
  close(): Promise<void>
}

/** OpenAI takes no more than 120,000 characters of names and values (its guide to structured outputs, read 2026-11). */
export const MAX_SCHEMA_BYTES = 128 * 1024
const MAX_ANSWER_LENGTH = 4 * 1024 * 1024
/** For one schema, or one answer. */
const MAX_MS = 2_000
const MAX_WAITING = 200
const MAX_KNOWN = 1_000
/** What took too long once may have met a busy machine. */
const FORGET_AFTER_MS = 600_000
/** The thread itself, with what it imports, on a machine that is busy. */
const MAX_START_MS = 30_000
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 }

const GIVEN_UP: SchemaVerdict = Object.freeze({
  isUsable: false,
  problems: ['it could not be held against the schema in time'],
})

interface Job {
  readonly question: SchemaQuestion
  readonly resolve: (verdict: SchemaVerdict) => void
}

export function createSchemaChecker({ clock }: { readonly clock: Clock }): SchemaChecker {
  /** By digest; the newest last. */
  const known = new Map<string, { readonly isUsable: boolean; readonly untilMs: number }>()
  const waiting: Job[] = []
  let current: Job | null = null
  let worker: Worker | null = null
  let isReady = false
  let timer: NodeJS.Timeout | undefined

  const finish = (verdict: SchemaVerdict): void => {
    clearTimeout(timer)
    const job = current
    current = null
    job?.resolve(verdict)
    next()
  }
  const giveUp = (): void => {
    const ended = worker
    worker = null
    isReady = false
    void ended?.terminate()
    finish(GIVEN_UP)
  }
  const start = (): Worker => {
    const started = new Worker(new URL('./schema-worker.ts', import.meta.url), { resourceLimits: LIMITS })
    // It keeps nothing alive: requests do.
    started.unref()
    started.on('message', (verdict: SchemaVerdict | null) => {
      if (worker !== started) return
      if (verdict !== null) return finish(verdict)
      isReady = true
      send()
    })
    started.on('error', () => {
      if (worker === started) giveUp()
    })
    return started
  }
  const send = (): void => {
    if (current === null) return
    clearTimeout(timer)
    timer = setTimeout(giveUp, isReady ? MAX_MS : MAX_START_MS)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    if (isReady) worker?.postMessage(current.question)
  }
  const next = (): void => {
    if (current !== null) return
    current = waiting.shift() ?? null
    if (current === null) return
    worker ??= start()
    send()
  }
  const ask = (question: SchemaQuestion): Promise<SchemaVerdict> =>
    new Promise((resolve) => {
      waiting.push({ question, resolve })
      next()
    })
  const remember = (digest: string, isUsable: boolean): void => {
    known.delete(digest)
    known.set(digest, { isUsable, untilMs: clock.now() + FORGET_AFTER_MS })
    const [oldest] = known.keys()
    if (oldest !== undefined && known.size > MAX_KNOWN) known.delete(oldest)
  }

  return {
    async canCheck(schema) {
      if (Buffer.byteLength(schema) > MAX_SCHEMA_BYTES) return false
      const digest = digestOf(schema)
      const found = known.get(digest)
      if (found !== undefined && found.untilMs > clock.now()) return found.isUsable
      if (waiting.length >= MAX_WAITING) return false
      const { isUsable } = await ask({ schema, answer: null })
      remember(digest, isUsable)
      return isUsable
    },
    async problemsOf(schema, answer) {
      if (answer.length > MAX_ANSWER_LENGTH) return ['it is too long']
      if (waiting.length >= MAX_WAITING) return GIVEN_UP.problems
      const { isUsable, problems } = await ask({ schema, answer })
      if (!isUsable) remember(digestOf(schema), false)
      return problems
    },
    async close() {
      clearTimeout(timer)
      for (const { resolve } of [...(current === null ? [] : [current]), ...waiting]) resolve(GIVEN_UP)
      waiting.length = 0
      current = null
      const ended = worker
      worker = null
      await ended?.terminate()
    },
  }
}

function digestOf(schema: string): string {
  return createHash('sha256').update(schema).digest('base64')
}
