// What providers wrote of their reasoning in turns that called tools, until the conversation comes back without it. Content:
// it stands nowhere but in the store, sealed with the caller's own key, bounded and for a while.

import type { ContentSeal } from '../core/caller.ts'
import type { Clock } from '../core/clock.ts'
import type { ProviderName } from '../core/route.ts'
import { type ContentStore, StoreUnavailableError } from '../ledger/store.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import type { TurnPart } from '../providers/turn-parts.ts'
import { nameTurns } from './turn-name.ts'

export interface KeptTurn {
  readonly provider: ProviderName
  readonly model: string
  readonly parts: readonly TurnPart[]
}

export interface RecalledTurn extends KeptTurn {
  /** Of the whole turn as it was kept: no less than its reasoning has. */
  readonly bytes: number
}

/** By the place of their message. */
export type RecalledTurns = ReadonlyMap<number, RecalledTurn>

export interface AnsweredTurn extends KeptTurn {
  readonly request: ChatRequest
  readonly seal: ContentSeal
}

export interface TurnMemory {
  readonly isOn: boolean
  /** What was kept of the earlier turns; null at once where none called tools. Never rejects. */
  recall(request: ChatRequest, seal: ContentSeal): Promise<RecalledTurns> | null
  /** Keeps the turn that answers the request. Nobody waits for it. */
  keep(turn: AnsweredTurn): void
  close(): void
}

export interface TurnMemoryOptions {
  readonly store: Pick<ContentStore, 'keep' | 'kept' | 'dropKept'>
  readonly clock: Clock
  readonly isOn: boolean
  readonly ttlMs: number
  readonly maxEntryBytes: number
  readonly maxBytes: number
  /** Of anything but a store that is away, which is known elsewhere. */
  readonly onError: (error: unknown) => void
}

/** A conversation with more turns gets the reasoning of its last ones. */
const MAX_TURNS = 1_000
/** What is asked of the store at once, and read of it for one request at most. */
const PORTION = 50
const MAX_RECALLED_BYTES = 16 * 1024 * 1024
const MAX_UNDER_WAY = 1_000
const PURGE_EVERY_MS = 60_000
const NOTHING: RecalledTurns = new Map()

export function createTurnMemory(options: TurnMemoryOptions): TurnMemory {
  const { store, clock, isOn, ttlMs, maxEntryBytes, maxBytes } = options
  /** On their way to the store: a conversation may be back before they are there. */
  const underWay = new Map<string, Buffer>()
  const ignore = (error: unknown): void => {
    if (!(error instanceof StoreUnavailableError)) options.onError(error)
  }
  const purge = (): void => void store.dropKept(isOn ? clock.now() : Number.POSITIVE_INFINITY).catch(ignore)
  // What was kept before it was switched off is content that nobody wants here any more.
  purge()
  const timer = isOn ? setInterval(purge, PURGE_EVERY_MS) : undefined
  timer?.unref()

  const find = async (names: readonly string[]): Promise<readonly (Uint8Array | null)[]> => {
    const found: (Uint8Array | null)[] = []
    let bytes = 0
    for (let start = 0; start < names.length && bytes < MAX_RECALLED_BYTES; start += PORTION) {
      const portion = names.slice(start, start + PORTION)
      const stored = await store.kept(portion, clock.now())
      for (const [place, name] of portion.entries()) {
        const value = underWay.get(name) ?? stored[place] ?? null
        bytes += value?.byteLength ?? 0
        found.push(value)
      }
    }
    return found
  }

  return {
    isOn,
    recall(request, seal) {
      if (!isOn || !request.messages.some(({ role }) => role === 'tool')) return null
      const turns = request
        .pastTurns()
        .filter(({ calls }) => calls.length > 0)
        .slice(-MAX_TURNS)
      if (turns.length === 0) return null
      const names = nameTurns(request, turns).map((name) => seal.name(name))
      const opened = async (): Promise<RecalledTurns> => {
        const values = await find(names)
        const recalled = new Map<number, RecalledTurn>()
        for (const [place, { index }] of turns.entries()) {
          const turn = openTurn(seal, names[place] ?? '', values[place] ?? null)
          if (turn !== null) recalled.set(index, turn)
        }
        return recalled
      }
      return opened().catch((error: unknown) => {
        ignore(error)
        return NOTHING
      })
    },
    keep({ request, seal, provider, model, parts }) {
      const calls = parts.filter((part) => part.kind === 'call')
      const hasReasoning = parts.some(({ kind }) => kind === 'reasoning')
      if (!isOn || calls.length === 0 || !hasReasoning || underWay.size >= MAX_UNDER_WAY) return
      const content = Buffer.from(JSON.stringify({ provider, model, parts } satisfies KeptTurn))
      if (content.length > maxEntryBytes) return
      const [text = ''] = nameTurns(request, [{ index: request.messages.length, calls }])
      const name = seal.name(text)
      const value = seal.seal(name, content)
      const nowMs = clock.now()
      underWay.set(name, value)
      store
        .keep({ name, value, expiresAtMs: nowMs + ttlMs }, { nowMs, maxBytes })
        .catch(ignore)
        .finally(() => {
          if (underWay.get(name) === value) underWay.delete(name)
        })
    },
    close() {
      clearInterval(timer)
    },
  }
}

/** Trusted where the seal is whole: this program wrote it. */
function openTurn(seal: ContentSeal, name: string, value: Uint8Array | null): RecalledTurn | null {
  const content = value === null ? null : seal.open(name, value)
  if (content === null) return null
  const turn: KeptTurn = JSON.parse(content.toString('utf8'))
  return { ...turn, bytes: content.length }
}
