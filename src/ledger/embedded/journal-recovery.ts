// Journals that processes left behind: what is in them goes into the tables, so that their holds run out like all others.

import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readCheckedLine } from '../checked-lines.ts'
import { formatHold, hasDecision, joinDecision, parseDispatch, parseHold, parseRecord } from '../documents.ts'
import type { Hold } from '../store.ts'
import { releaseHold } from './admission.ts'
import { ENTRY_END } from './journal.ts'
import { acquireIfThere } from './journal-lock.ts'
import { type Books, buildSettlement } from './settlement.ts'
import { readText } from './statements.ts'
import type { WriteQueue } from './write-queue.ts'

export interface Recovery {
  readonly directory: string
  /** The journal of this handle. */
  readonly ownId: string
  readonly queue: WriteQueue
  readonly books: Books
  /** Told of a file with lines that are not whole; it is set aside under this path. */
  readonly onDamaged: (path: string, lines: number) => void
}

const LOCK = /^journal-([0-9a-f]+)\.lock$/

export function recoverJournals(recovery: Recovery): void {
  const names = readdirSync(recovery.directory)
  for (const name of names) {
    const id = LOCK.exec(name)?.[1]
    if (id === undefined || id === recovery.ownId) continue
    const lock = acquireIfThere(join(recovery.directory, name))
    // Its process lives, or another was quicker.
    if (lock === null) continue
    try {
      recoverJournal(recovery, journalFiles(names, id))
      lock.remove()
    } finally {
      lock.release()
    }
  }
}

function generationOf(name: string): number {
  return Number(name.split('.')[1])
}

/** Oldest first. */
function journalFiles(names: readonly string[], id: string): readonly string[] {
  return names
    .filter((name) => name.startsWith(`journal-${id}.`) && name.endsWith('.log'))
    .toSorted((a, b) => generationOf(a) - generationOf(b))
}

function recoverJournal(recovery: Recovery, names: readonly string[]): void {
  const { directory, queue, books, onDamaged } = recovery
  // What is gone was booked by another since they were listed.
  const there = names.map((name) => join(directory, name)).filter((path) => existsSync(path))
  const files = there.map((path) => {
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
    const whole = lines.map(readCheckedLine).filter((line) => line !== null)
    return {
      path,
      entries: whole.flatMap((line) => line.split(ENTRY_END)),
      damaged: lines.length - whole.length,
    }
  })
  const entries = files.flatMap((file) => file.entries)
  if (entries.length > 0) queue.run(() => book(books, entries))
  for (const { path, damaged } of files) {
    if (damaged === 0) rmSync(path, { force: true })
    else {
      renameSync(path, `${path}.damaged`)
      onDamaged(`${path}.damaged`, damaged)
    }
  }
}

function book(books: Books, entries: readonly string[]): void {
  const { statements } = books
  const open = new Map<string, Hold>()
  /** An end that was written without it: its hold has it, in an earlier entry or in the table. */
  const decisionOf = (facts: string): string => {
    const { requestId }: { requestId: string } = JSON.parse(facts)
    const held = open.get(requestId)
    if (held !== undefined) return held.decision
    const row = statements.heldBefore.get(requestId)
    return row === undefined ? '' : parseHold(readText(row, 'hold')).decision
  }
  for (const entry of entries) {
    const text = entry.slice(2)
    switch (entry.charAt(0)) {
      case 'h': {
        const hold = parseHold(text)
        open.set(hold.requestId, hold)
        break
      }
      case 'd': {
        const [requestId = '', dispatch = ''] = text.split('\t')
        const hold = open.get(requestId)
        if (hold === undefined) statements.dispatch.run(dispatch, requestId)
        else open.set(requestId, { ...hold, dispatch: parseDispatch(dispatch) })
        break
      }
      case 'x':
        for (const requestId of text.split(' ')) {
          open.delete(requestId)
          releaseHold(statements, requestId, null)
        }
        break
      case 's': {
        const record = parseRecord(hasDecision(text) ? text : joinDecision(text, decisionOf(text)))
        open.delete(record.requestId)
        buildSettlement(books, { record, isInTable: true }).book()
        break
      }
      default:
        throw new TypeError(`a journal entry of an unknown kind: ${entry.slice(0, 1)}`)
    }
  }
  for (const hold of open.values()) {
    statements.putHold.run(hold.requestId, hold.leaseUntilMs, BigInt(hold.amount), formatHold(hold))
  }
}
