// The admin API of a running gateway.

import { fetch } from 'undici'
import { readTrafficPage } from '../admin/replay/traffic.ts'
import { GatewayError } from '../core/errors.ts'
import type { AdminBackend, ExplainRequest } from './admin-backend.ts'
import { type Answer, parseJson, readField } from './answer.ts'

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** As JSON; or bytes that are JSON already. */
  readonly body?: object | Buffer
}

const TIMEOUT_MS = 30_000

export interface GatewayAddress {
  /** The gateway's own, with or without a slash or the `/v1` that applications use. */
  readonly url: string
  readonly adminKey: string
}

export interface RemoteBackend extends AdminBackend {
  explain(request: ExplainRequest): Promise<Answer>
}

export function createRemoteBackend({ url, adminKey }: GatewayAddress): RemoteBackend {
  const base = url.replace(/\/+$/, '').replace(/\/v1$/, '')

  const send = async ({ method, path, query = {}, body }: Call): Promise<string> => {
    const search = new URLSearchParams(query).toString()
    const response = await fetch(`${base}${path}${search === '' ? '' : `?${search}`}`, {
      method,
      headers: {
        authorization: `Bearer ${adminKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
      // A redirect would carry the admin key elsewhere.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: unknown) => {
      throw new Error(`${base} cannot be reached: ${reasonOf(error)}`, { cause: error })
    })
    const text = await response.text()
    if (!response.ok) throw readRefusal(response.status, text)
    return text
  }
  const call = async (request: Call): Promise<Answer> => readAnswer(await send(request))

  return {
    createKey: (body) => call({ method: 'POST', path: '/admin/keys', body }),
    listKeys: () => call({ method: 'GET', path: '/admin/keys' }),
    updateKey: (id, body) => call({ method: 'PATCH', path: keyPath(id), body }),
    rotateKey: (id, body) => call({ method: 'POST', path: `${keyPath(id)}/rotate`, body }),
    revokeKey: (id) => call({ method: 'DELETE', path: keyPath(id) }),
    listBudgets: () => call({ method: 'GET', path: '/admin/budgets' }),
    showBudgets: (scope, name) => call({ method: 'GET', path: budgetPath(scope, name) }),
    setBudgets: (scope, name, body) => call({ method: 'PUT', path: budgetPath(scope, name), body }),
    resetBudgets: (scope, name) => call({ method: 'POST', path: `${budgetPath(scope, name)}/reset` }),
    spend: (query) => call({ method: 'GET', path: '/admin/spend', query }),
    spendCsv: (query) => send({ method: 'GET', path: '/admin/spend', query: { ...query, format: 'csv' } }),
    requests: (query) => call({ method: 'GET', path: '/admin/requests', query }),
    request: (id) => call({ method: 'GET', path: `/admin/requests/${encodeURIComponent(id)}` }),
    forgetContent: (id) =>
      call({ method: 'DELETE', path: `/admin/requests/${encodeURIComponent(id)}/content` }),
    forgetTeamContent: (team) =>
      call({ method: 'DELETE', path: `/admin/teams/${encodeURIComponent(team)}/content` }),
    traffic: async (query) => readTrafficPage(await call({ method: 'GET', path: '/admin/traffic', query })),
    audit: (query) => call({ method: 'GET', path: '/admin/audit', query }),
    reconcile: (body) => call({ method: 'POST', path: '/admin/reconcile', body }),
    explain: ({ raw, keyId }) =>
      call({
        method: 'POST',
        path: '/admin/explain',
        query: keyId === null ? {} : { key: keyId },
        body: raw,
      }),
    close: () => Promise.resolve(),
  }
}

function keyPath(id: string): string {
  return `/admin/keys/${encodeURIComponent(id)}`
}

function budgetPath(scope: string, name: string): string {
  return `/admin/budgets/${encodeURIComponent(scope)}/${encodeURIComponent(name)}`
}

function readAnswer(text: string): Answer {
  const answer = parseJson(text)
  if (typeof answer !== 'object' || answer === null)
    throw new Error('the gateway did not answer with JSON; is FARTHING_URL right?')
  return answer
}

function readRefusal(status: number, text: string): Error {
  const answer = parseJson(text)
  const message = readField(answer, 'error', 'message')
  const code = readField(answer, 'error', 'code')
  const param = readField(answer, 'error', 'param')
  if (typeof message !== 'string') return new Error(`the gateway answered ${status}; is FARTHING_URL right?`)
  return new GatewayError('invalid_request', message, {
    status,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof param === 'string' ? { param } : {}),
  })
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return cause instanceof Error
    ? cause.message || ('code' in cause ? String(cause.code) : cause.name)
    : String(cause)
}
