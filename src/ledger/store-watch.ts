// Whether the store is there: known from what is asked of it anyway, and from asking it now and then.

import type { Clock } from '../core/clock.ts'
import { type Store, StoreUnavailableError } from './store.ts'

export interface StoreWatch {
  readonly isUp: boolean
  /** When it came back; null when it has not been away. */
  readonly upSinceMs: number | null
  succeeded(): void
  failed(error: StoreUnavailableError): void
  /** Asks now; never rejects. */
  check(): Promise<void>
  close(): Promise<void>
}

export interface StoreWatchOptions {
  readonly store: Pick<Store, 'ping'>
  /** How often it is asked; four times as often while it is away. */
  readonly pingEveryMs: number
  readonly clock: Clock
  /** Done each time it answers. What it rejects with is known to be the store's absence, or goes to `onError`. */
  readonly catchUp: () => Promise<void>
  readonly onLost: (error: StoreUnavailableError) => void
  readonly onBack: () => void
  readonly onError: (error: unknown) => void
}

export function createStoreWatch({
  store,
  pingEveryMs,
  clock,
  catchUp,
  onLost,
  onBack,
  onError,
}: StoreWatchOptions): StoreWatch {
  let isUp = true
  let upSinceMs: number | null = null
  let checking: Promise<void> | null = null
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  const succeeded = (): void => {
    if (isUp) return
    isUp = true
    upSinceMs = clock.now()
    onBack()
  }
  const failed = (error: StoreUnavailableError): void => {
    if (!isUp) return
    isUp = false
    onLost(error)
    schedule()
  }
  const ask = async (): Promise<void> => {
    try {
      await store.ping()
      await catchUp()
      succeeded()
    } catch (error) {
      if (error instanceof StoreUnavailableError) failed(error)
      else onError(error)
    }
  }
  const check = (): Promise<void> => {
    checking ??= ask().finally(() => {
      checking = null
      schedule()
    })
    return checking
  }
  const schedule = (): void => {
    clearTimeout(timer)
    if (isClosed) return
    timer = setTimeout(() => void check(), isUp ? pingEveryMs : pingEveryMs / 4)
    timer.unref()
  }
  schedule()
  return {
    get isUp() {
      return isUp
    },
    get upSinceMs() {
      return upSinceMs
    },
    succeeded,
    failed,
    check,
    async close() {
      isClosed = true
      clearTimeout(timer)
      await checking
    },
  }
}
