// A stream read in pieces, and all that became known of it.

import type { AttemptFailure } from '../../src/core/failure.ts'
import type { Provider, StreamProgress, StreamReader } from '../../src/providers/provider.ts'

/** The fixtures' moment: 1795000005 seconds, which Claude's answers get, having no time of their own. */
export const STARTED_AT_MS = 1_795_000_005_678

export interface ReadOut {
  /** Bytes for the client, all frames one after the other. */
  readonly bytes: Buffer
  readonly failure: AttemptFailure | null
  readonly reader: StreamReader
}

export function readOut(provider: Provider, pieces: readonly Uint8Array[]): ReadOut {
  const reader = provider.readStream({
    startedAtMs: STARTED_AT_MS,
    toolNames: new Map(),
    keepsTurn: true,
  })
  const frames: Uint8Array[] = []
  let failure: AttemptFailure | null = null
  const take = (progress: StreamProgress): void => {
    frames.push(...progress.frames.map((frame) => Buffer.from(frame)))
    failure ??= progress.failure
  }
  for (const piece of pieces) {
    // The reader must not rely on bytes that are not its own: they are overwritten as soon as it has seen them.
    const borrowed = Uint8Array.from(piece)
    take(reader.read(borrowed))
    borrowed.fill(0)
    if (failure !== null) break
  }
  if (failure === null) take(reader.end())
  return { bytes: Buffer.concat(frames), failure, reader }
}

/** What two readings of the same stream must have in common: everything. */
export function factsOf({ bytes, failure, reader }: ReadOut): Record<string, unknown> {
  const { isComplete, hasContent, usage, reportedUsage, outputBytes, envelope, serviceTier, turn } = reader
  return {
    text: bytes.toString('utf8'),
    failure,
    isComplete,
    hasContent,
    usage,
    reportedUsage,
    outputBytes,
    envelope,
    serviceTier,
    turn,
  }
}

export function cutAt(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const sorted = [...new Set(places)].toSorted((a, b) => a - b)
  return [0, ...sorted].map((start, index) => bytes.subarray(start, sorted[index] ?? bytes.length))
}
