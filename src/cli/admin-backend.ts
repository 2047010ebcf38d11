// What the command line can ask for: answered by the store that the configuration names, or by a running gateway.

import type { TrafficPage } from '../admin/replay/traffic.ts'
import type { Answer } from './answer.ts'

export interface ExplainRequest {
  /** The body of the request, as a client would send it. */
  readonly raw: Buffer
  /** Whose rules hold; null: nobody's. */
  readonly keyId: string | null
  /** Without a gateway: providers count as on that have no key in this environment. */
  readonly allProviders: boolean
}

export interface AdminBackend {
  createKey(body: object): Promise<Answer>
  listKeys(): Promise<Answer>
  updateKey(id: string, body: object): Promise<Answer>
  rotateKey(id: string, body: object): Promise<Answer>
  revokeKey(id: string): Promise<Answer>
  listBudgets(): Promise<Answer>
  showBudgets(scope: string, name: string): Promise<Answer>
  setBudgets(scope: string, name: string, body: object): Promise<Answer>
  resetBudgets(scope: string, name: string): Promise<Answer>
  spend(query: Readonly<Record<string, string>>): Promise<Answer>
  spendCsv(query: Readonly<Record<string, string>>): Promise<string>
  requests(query: Readonly<Record<string, string>>): Promise<Answer>
  request(id: string): Promise<Answer>
  /** Deletes what was sampled of it. */
  forgetContent(requestId: string): Promise<Answer>
  forgetTeamContent(team: string): Promise<Answer>
  audit(query: Readonly<Record<string, string>>): Promise<Answer>
  reconcile(body: object): Promise<Answer>
  /** Logged requests for a replay, a page at a time. */
  traffic(query: Readonly<Record<string, string>>): Promise<TrafficPage>
  close(): Promise<void>
}
