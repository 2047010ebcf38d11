// The fixtures of a provider: its wire bytes, and beside them what must be read from them, written by hand.

import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { EFFORTS } from '../../src/core/route.ts'

const ROOT = join(import.meta.dirname, '../fixtures')

const counts = z.strictObject({
  freshInput: z.number(),
  cacheRead: z.number(),
  cacheWrite: z.number(),
  cacheWriteLong: z.number(),
  output: z.number(),
  reasoning: z.number(),
})
const usage = counts.extend({
  byModel: z.array(z.strictObject({ model: z.string().nullable(), usage: counts })).exactOptional(),
})
const record = z.record(z.string(), z.unknown())

/** What has to be given back with a turn that called tools, in order. */
const turn = z.array(
  z.union([
    z.strictObject({ kind: z.literal('reasoning'), value: z.unknown() }),
    z.strictObject({ kind: z.literal('text') }),
    z.strictObject({ kind: z.literal('call'), id: z.string(), name: z.string() }),
  ]),
)

const answer = z.strictObject({
  message: record.optional(),
  toolCalls: z.array(record).optional(),
  finish: z.string(),
  /** Null: none was reported. */
  usage: usage.nullable(),
  outputBytes: z.number().optional(),
  serviceTier: z.string().optional(),
  failure: record.nullable().default(null),
  /** Members that the client's answer has besides. */
  body: record.optional(),
  turn: turn.optional(),
  /** Text that the client's answer must have. */
  contains: z.array(z.string()).default([]),
})
const stream = z.strictObject({
  choices: z.array(record),
  usage: usage.nullable(),
  reportedUsage: record.optional(),
  complete: z.boolean().default(true),
  content: z.boolean().default(true),
  outputBytes: z.number().optional(),
  envelope: record.optional(),
  serviceTier: z.string().optional(),
  failure: record.nullable().default(null),
  comments: z.array(z.string()).default([]),
  turn: turn.optional(),
  /** Text that the client's bytes must have, and must not have. */
  contains: z.array(z.string()).default([]),
  lacks: z.array(z.string()).default([]),
})
const expectation = z.strictObject({
  about: z.string(),
  answer: answer.optional(),
  stream: stream.optional(),
})

const errorCases = z.array(
  z.strictObject({
    about: z.string(),
    status: z.number(),
    headers: z.record(z.string(), z.string()).default({}),
    /** Text stands for itself, anything else for its JSON. */
    body: z.unknown(),
    expected: record,
  }),
)

const requestCases = z.array(
  z.strictObject({
    about: z.string(),
    /** The name of a file in fixtures/requests, or the request itself. */
    request: z.union([z.string(), record]),
    target: z.strictObject({
      model: z.string(),
      effort: z.enum(EFFORTS).nullable(),
      outputCap: z.number().nullable(),
      maxOutputTokens: z.number(),
    }),
    /** Turns that were kept, by the place of their message. */
    recalled: z.record(z.string(), turn).default({}),
    expected: z.union([
      /** What changes in the client's body. */
      z.strictObject({
        set: record,
        remove: z.array(z.string()),
        systemRoles: z.boolean(),
        /** Marks for the cache are taken out of messages. */
        unmarked: z.boolean().default(false),
        /** Calls without arguments have an empty object. */
        filled: z.boolean().default(false),
        /** What is added to the first message, a string. */
        instruction: z.string().optional(),
        dropped: z.array(z.string()),
      }),
      /** A body of its own. */
      z.strictObject({ body: record, dropped: z.array(z.string()) }),
    ]),
  }),
)
export type RequestCase = z.infer<typeof requestCases>[number]

export interface Fixture extends z.infer<typeof expectation> {
  readonly name: string
  readonly answerBytes: Buffer | null
  readonly streamBytes: Buffer | null
}

export function readFixtures(folder: string): readonly Fixture[] {
  return globSync(join(ROOT, folder, '*.expected.json'))
    .toSorted()
    .map((path) => {
      const name = basename(path, '.expected.json')
      return {
        name,
        ...expectation.parse(readJson(path)),
        answerBytes: readBytes(join(ROOT, folder, `${name}.json`)),
        streamBytes: readBytes(join(ROOT, folder, `${name}.sse`)),
      }
    })
}

/** Wire bytes without an expectation, which would prove nothing. */
export function orphans(folder: string): readonly string[] {
  const names = new Set(readFixtures(folder).map(({ name }) => name))
  return globSync(join(ROOT, folder, '*.{json,sse}'))
    .map((path) => basename(path))
    .filter((file) => !/\.expected\.json$|^(?:errors|requests)\.json$/.test(file))
    .filter((file) => !names.has(file.replace(/\.\w+$/, '')))
}

export function readErrorCases(folder: string): z.infer<typeof errorCases> {
  return errorCases.parse(readJson(join(ROOT, folder, 'errors.json')))
}

export function readRequestCases(folder: string): readonly RequestCase[] {
  return requestCases.parse(JSON.parse(readFileSync(join(ROOT, folder, 'requests.json'), 'utf8')))
}

/** The client's bytes. */
export function readRequest(request: RequestCase['request']): Buffer {
  if (typeof request !== 'string') return Buffer.from(JSON.stringify(request))
  return readFileSync(join(ROOT, 'requests', `${request}.json`))
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function readBytes(path: string): Buffer | null {
  return existsSync(path) ? readFileSync(path) : null
}
