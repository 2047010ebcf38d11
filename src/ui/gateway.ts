// The admin API, with the key that the reader typed in. The key stands in this closure and nowhere else: not in storage,
// not in the address, not in the document.

export interface Gateway {
  get<Answer>(path: string, query?: Readonly<Record<string, string>>): Promise<Answer>
  send<Answer>(method: 'POST' | 'DELETE', path: string, body?: object): Promise<Answer>
}

/** The gateway answered, and not with what was asked for. Status 0: there was no answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  /** The field that is wrong, where one is. */
  readonly param: string | null

  constructor(status: number, message: string, param: string | null = null) {
    super(message)
    this.status = status
    this.param = param
  }
}

const TIMEOUT_MS = 30_000

/** `onLocked` is told once, when the key is not taken any more. */
export function connect(key: string, onLocked: (refusal: Refusal) => void): Gateway {
  let isLocked = false
  const call = async <Answer>(method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(`/admin${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      credentials: 'omit',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => {
      throw new Refusal(0, 'The gateway cannot be reached. It may be restarting.')
    })
    if (response.ok) {
      const answer: Answer = await response.json()
      return answer
    }
    const refusal = await readRefusal(response)
    if (refusal.status === 401 && !isLocked) {
      isLocked = true
      onLocked(refusal)
    }
    throw refusal
  }
  return {
    get: (path, query = {}) => {
      const search = new URLSearchParams(query).toString()
      return call('GET', search === '' ? path : `${path}?${search}`)
    },
    send: call,
  }
}

async function readRefusal(response: Response): Promise<Refusal> {
  const body: unknown = await response.json().catch(() => null)
  const error = readField(body, 'error')
  const message = readField(error, 'message')
  const param = readField(error, 'param')
  return new Refusal(
    response.status,
    typeof message === 'string' ? message : `The gateway answered with status ${response.status}.`,
    typeof param === 'string' ? param : null,
  )
}

function readField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
