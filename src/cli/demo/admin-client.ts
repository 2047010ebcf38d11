// The operator's side of the running gateway, over HTTP like everyone's.

import { type Answer, cell, readField } from '../answer.ts'

export interface AdminClient {
  createKey(body: object): Promise<string>
  /** The request as the ledger has it; null while it is not booked, or when it never was one. */
  request(id: string): Promise<Answer | null>
  spend(groupBy: string): Promise<Answer>
}

export function createAdminClient(url: string, adminKey: string): AdminClient {
  const call = async (path: string, init: RequestInit = {}): Promise<Answer | null> => {
    const response = await fetch(url + path, {
      ...init,
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    })
    const answer: unknown = await response.json()
    if (response.status === 404) return null
    if (!response.ok || typeof answer !== 'object' || answer === null)
      throw new Error(`${path}: ${response.status} ${cell(readField(answer, 'error', 'message'))}`)
    return answer
  }
  return {
    async createKey(body) {
      const created = await call('/admin/keys', { method: 'POST', body: JSON.stringify(body) })
      return cell(readField(created, 'key'))
    },
    request: (id) => call(`/admin/requests/${encodeURIComponent(id)}`),
    async spend(groupBy) {
      return (await call(`/admin/spend?group_by=${groupBy}`)) ?? {}
    },
  }
}
