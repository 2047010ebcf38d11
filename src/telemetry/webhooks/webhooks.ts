// Budget alerts to the operator's own services: told once by all processes together, signed, and again until they are taken.

import { hash } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Clock } from '../../core/clock.ts'
import type { TelemetryListener } from '../listener.ts'
import { buildBudgetEvent, signedHeaders, type WebhookEvent } from './budget-event.ts'
import { createOutbox, type Waiting } from './outbox.ts'
import { postWebhook } from './post-webhook.ts'

export interface WebhookTarget {
  readonly url: URL
  readonly secret: { reveal(): string }
  readonly allowsPrivate: boolean
}

export interface WebhookOptions {
  readonly targets: readonly WebhookTarget[]
  readonly dataDir: string
  readonly clock: Clock
  readonly logger: Logger
  /** True for the first process that asks; rejects where nobody can be asked, and then it is told. */
  readonly claim: (name: string, span: { nowMs: number; untilMs: number }) => Promise<boolean>
  /** Pauses after the first, second, … failure; the last one again and again. */
  readonly pausesMs?: readonly number[]
  readonly timeoutMs?: number
  readonly tickMs?: number
}

export interface Webhooks {
  /** The listener, and the targets behind it. */
  over(listener: TelemetryListener): TelemetryListener
  /** What is not told by then waits for the next start. */
  close(): Promise<void>
}

interface Delivery {
  readonly waiting: Waiting
  readonly target: WebhookTarget
  failures: number
  dueAtMs: number
  readonly sinceMs: number
}

const PAUSES_MS = [5_000, 30_000, 120_000, 600_000, 1_800_000]
const GIVE_UP_AFTER_MS = 86_400_000
const TIMEOUT_MS = 5_000
const TICK_MS = 1_000
const ADOPT_EVERY_MS = 30_000
/** More waiting than that is dropped, the oldest first, and said so. */
const MAX_WAITING = 1_000
const MAX_AT_ONCE = 8
const NOTHING: Webhooks = { over: (listener) => listener, close: () => Promise.resolve() }

export function createWebhooks(options: WebhookOptions): Webhooks {
  return options.targets.length === 0 ? NOTHING : startWebhooks(options)
}

function startWebhooks(options: WebhookOptions): Webhooks {
  const { targets, dataDir, clock, logger, claim, pausesMs = PAUSES_MS, timeoutMs = TIMEOUT_MS } = options
  const outbox = createOutbox(join(dataDir, 'webhooks'), clock)
  const byKey = new Map(targets.map((target) => [targetKey(target.url), target]))
  const deliveries = new Map<string, Delivery>()
  const stopped = new AbortController()
  let adoptAtMs = 0
  let running = Promise.resolve()

  const drop = async ({ waiting }: Delivery): Promise<void> => {
    deliveries.delete(waiting.file)
    await outbox.remove(waiting)
  }
  const add = async (waiting: Waiting): Promise<void> => {
    const target = byKey.get(waiting.target)
    const nowMs = clock.now()
    // Nobody wants it any more.
    if (target === undefined) return outbox.remove(waiting)
    deliveries.set(waiting.file, { waiting, target, failures: 0, dueAtMs: nowMs, sinceMs: nowMs })
    const [oldest] = deliveries.values()
    if (deliveries.size <= MAX_WAITING || oldest === undefined) return
    logger.error({ event: oldest.waiting.id }, 'too many webhooks wait: this one is not told')
    await drop(oldest)
  }
  const deliver = async (delivery: Delivery): Promise<void> => {
    const { waiting, target } = delivery
    const headers = signedHeaders(waiting, { secret: target.secret.reveal(), nowMs: clock.now() })
    const { url, allowsPrivate } = target
    try {
      await postWebhook({
        url,
        allowsPrivate,
        headers,
        body: waiting.body,
        timeoutMs,
        signal: stopped.signal,
      })
      await drop(delivery)
    } catch (error) {
      if (!stopped.signal.aborted) await failed(delivery, error)
    }
  }
  const failed = async (delivery: Delivery, error: unknown): Promise<void> => {
    const nowMs = clock.now()
    const pauseMs = pausesMs[Math.min(delivery.failures, pausesMs.length - 1)] ?? 0
    delivery.failures++
    delivery.dueAtMs = nowMs + pauseMs
    // Paths and queries of such URLs are secrets of their own.
    const fields = { event: delivery.waiting.id, host: delivery.target.url.host, failures: delivery.failures }
    const why = error instanceof Error ? error.message : String(error)
    if (nowMs + pauseMs - delivery.sinceMs < GIVE_UP_AFTER_MS) {
      logger.warn({ ...fields, why, again_in_ms: pauseMs }, 'a webhook was not taken')
      return
    }
    logger.error({ ...fields, why }, 'a webhook was not taken for a day, and is given up')
    await drop(delivery)
  }
  const tick = async (): Promise<void> => {
    if (stopped.signal.aborted) return
    if (clock.now() >= adoptAtMs) {
      adoptAtMs = clock.now() + ADOPT_EVERY_MS
      for (const waiting of await outbox.adopt()) await add(waiting)
    }
    const due = [...deliveries.values()].filter(({ dueAtMs }) => dueAtMs <= clock.now())
    await Promise.all(due.slice(0, MAX_AT_ONCE).map(deliver))
  }
  const accept = async (event: WebhookEvent): Promise<void> => {
    const isFirst = await claim(event.id, { nowMs: clock.now(), untilMs: event.untilMs }).catch(() => true)
    if (!isFirst) return
    for (const key of byKey.keys()) await add(await outbox.put(event, key))
  }
  /** One after the other, and never a step that can fail whoever asked for it. */
  const enqueue = (run: () => Promise<void>): void => {
    running = running
      .then(run)
      .catch((error: unknown) => logger.error({ err: error }, 'webhooks cannot be kept'))
  }
  let isTicking = false
  const timer = setInterval(() => {
    if (isTicking) return
    isTicking = true
    enqueue(() => tick().finally(() => (isTicking = false)))
  }, options.tickMs ?? TICK_MS)
  timer.unref()

  return {
    over: (listener) => ({
      ...listener,
      budgetAlerted(alert) {
        listener.budgetAlerted(alert)
        enqueue(() => accept(buildBudgetEvent(alert, clock.now())))
      },
    }),
    async close() {
      clearInterval(timer)
      stopped.abort()
      // What was told before still gets its file.
      await running
      for (const { waiting } of deliveries.values()) await outbox.release(waiting)
    },
  }
}

/** In file names, so that an event finds its target again after a restart, and only that one. */
function targetKey(url: URL): string {
  return hash('sha256', url.href, 'hex').slice(0, 16)
}
