// Sampled content: shown with its request, and deleted by request or by team.

import type { ContentArchive, KeptContent } from '../content/content-archive.ts'
import type { LedgerStore } from '../ledger/store.ts'
import { fromStore } from './from-store.ts'
import { unknownRequest } from './request-log.ts'

export interface ContentAdmin {
  readonly read: (team: string, requestId: string) => Promise<KeptContent | null>
  /** Of a request; what was not kept is no error. */
  readonly forget: (requestId: string) => Promise<Forgotten>
  readonly forgetTeam: (team: string) => Promise<Forgotten>
}

/** Of how many requests content was deleted. */
export interface Forgotten {
  readonly deleted: number
}

export function createContentAdmin(
  archive: ContentArchive,
  ledger: Pick<LedgerStore, 'request'>,
): ContentAdmin {
  return {
    read: (team, requestId) => fromStore(archive.read(team, requestId)),
    async forget(requestId) {
      const record = await fromStore(ledger.request(requestId))
      if (record === null) throw unknownRequest(requestId)
      const { team } = record
      return { deleted: team === null ? 0 : await fromStore(archive.forget(team, requestId)) }
    },
    forgetTeam: async (team) => ({ deleted: await fromStore(archive.forgetTeam(team)) }),
  }
}
