// What is watched and what is kept of it, with a store that is only looked at.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { OPEN_CALLER } from '../../../src/access/authenticator.ts'
import type { ChatCall } from '../../../src/chat/complete.ts'
import type { RequestListener } from '../../../src/chat/services.ts'
import { createContentLog } from '../../../src/content/content-log.ts'
import type { ContentPolicy } from '../../../src/core/sampled-content.ts'
import { createEmbeddedStore } from '../../../src/ledger/embedded/embedded-store.ts'
import { sampleRequest } from '../admin/sample-requests.ts'

const POLICY: ContentPolicy = { sample: 1, retentionMs: 86_400_000, redact: [], patterns: [] }
const LISTENER: RequestListener = {
  finished: () => undefined,
  notBooked: () => undefined,
  refused: () => undefined,
}

function call(
  requestId: string,
  text = 'hello',
  team: string | null = 'search',
): ChatCall & { written: string[] } {
  const written: string[] = []
  return {
    written,
    requestId,
    raw: Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: text }] })),
    headers: {},
    caller: { ...OPEN_CALLER, team },
    client: {
      isGone: false,
      onGone: () => undefined,
      addHeaders: () => undefined,
      json: (_status, _headers, body) => void written.push(Buffer.from(body).toString()),
      fail: () => undefined,
      open: () => undefined,
      write: (bytes) => written.push(Buffer.from(bytes).toString()) > 1,
      onDrain: () => undefined,
      end: () => undefined,
    },
  }
}

function open(policy: Partial<ContentPolicy> | null) {
  const directory = mkdtempSync(join(tmpdir(), 'farthing-content-'))
  const store = createEmbeddedStore({ directory })
  const errors: object[] = []
  const log = createContentLog({
    teams: new Map(policy === null ? [] : [['search', { ...POLICY, ...policy }]]),
    store,
    adminKey: { reveal: () => 'an-admin-key-for-tests' },
    clock: { now: () => Date.UTC(2026, 10, 24) },
    maxBytes: 1_000_000,
    logger: { warn: (fields) => void errors.push(fields) },
  })
  const listener = log.over(LISTENER)
  return {
    log,
    listener,
    errors,
    size: () => store.samples.keptSize(),
    async close() {
      await store.close()
      rmSync(directory, { recursive: true })
    },
  }
}

describe('sampling', () => {
  it('leaves a call alone where its team is not sampled', async () => {
    const world = open({})
    for (const one of [call('req_1', 'x', null), call('req_1', 'x', 'ads')])
      expect(world.log.begin(one)).toBe(one)
    world.log.configure(new Map())
    const one = call('req_2')
    expect(world.log.begin(one)).toBe(one)
    await world.close()
  })

  it('takes about its share, and every gateway the same', async () => {
    const worlds = [open({ sample: 0.2 }), open({ sample: 0.2 })]
    const chosen = worlds.map(({ log }) => {
      const calls = Array.from({ length: 2_000 }, (_, index) => call(`req_${index}`))
      return calls.filter((one) => log.begin(one) !== one).map(({ requestId }) => requestId)
    })
    expect(chosen[0]).toEqual(chosen[1])
    expect(chosen[0]?.length).toBeGreaterThan(300)
    expect(chosen[0]?.length).toBeLessThan(500)
    await Promise.all(worlds.map((world) => world.close()))
  })

  it('keeps what came into the ledger alone, and gives the client everything first', async () => {
    const world = open({})
    const booked = call('req_1')
    const watched = world.log.begin(booked)
    const frame = 'data: {"choices":[{"index":0,"delta":{"content":"hi"}}]}\n\n'
    expect(watched.client.write(Buffer.from(frame))).toBe(false)
    watched.client.write(Buffer.from('data: no JSON\n\n'))
    expect(booked.written[0]).toBe(frame)
    world.log.begin(call('req_2'))
    world.listener.refused({
      requestId: 'req_2',
      kind: 'invalid_request',
      keyId: null,
      team: 'search',
      cause: null,
    })
    world.listener.finished({ ...sampleRequest('req_1'), requestId: 'req_1' })
    world.listener.finished({ ...sampleRequest('req_2'), requestId: 'req_2' })
    await expect.poll(world.size).toMatchObject({ count: 1 })
    expect(await world.log.archive.read('search', 'req_1')).toEqual({
      kept_until: '2026-11-25T00:00:00.000Z',
      messages: [{ role: 'user', parts: [{ type: 'text', text: 'hello', is_cut: false }] }],
      messages_omitted: 0,
      answer: [{ role: 'assistant', parts: [{ type: 'text', text: 'hi', is_cut: false }] }],
    })
    await world.close()
  })

  it('memory is bounded however long an answer is', async () => {
    const world = open({})
    const watched = world.log.begin(call('req_1'))
    const frame = Buffer.from(
      `data: {"choices":[{"index":0,"delta":{"content":"${'x'.repeat(10_000)}"}}]}\n\n`,
    )
    for (let index = 0; index < 100; index++) watched.client.write(frame)
    world.listener.finished({ ...sampleRequest('req_1'), requestId: 'req_1' })
    await expect.poll(world.size).toMatchObject({ count: 1 })
    const kept = await world.log.archive.read('search', 'req_1')
    expect(kept?.answer).toEqual([
      { role: 'assistant', parts: [{ type: 'text', text: 'x'.repeat(16_384), is_cut: true }] },
    ])
    await world.close()
  })

  it('a pattern that takes for ever is broken off, and after three the team is left alone', async () => {
    // No repetition inside another, and exponential all the same.
    const world = open({ patterns: ['(a|a)*b'] })
    for (let index = 0; index < 5; index++) {
      world.log.begin(call(`req_${index}`, 'a'.repeat(40)))
      world.listener.finished({ ...sampleRequest(`req_${index}`), requestId: `req_${index}` })
    }
    expect(world.errors).toHaveLength(3)
    expect(inspect(world.errors)).toContain('timed out')
    expect(inspect(world.errors)).not.toContain('aaaa')
    expect(await world.size()).toEqual({ count: 0, bytes: 0 })
    await world.close()
  })
})
