// What an application does with a client, the same for every client: each does it in its own words, and says what it saw.

export interface Session {
  readonly baseUrl: string
  readonly apiKey: string
  readonly model: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Said {
  readonly text: string
  readonly finish: string
  readonly inputTokens: number
  readonly outputTokens: number
}

export interface Streamed extends Said {
  /** Pieces of text, one by one. */
  readonly pieces: number
}

export interface ToolRun {
  readonly calls: readonly { readonly name: string; readonly arguments: unknown }[]
  /** What was said when the results were there. */
  readonly text: string
}

export interface Failed {
  /** Null where the client tells of none. */
  readonly status: number | null
  /** The name of the client's error. */
  readonly error: string
}

export interface ConformanceClient {
  readonly name: string
  readonly version: string
  /** Of its errors by status, where each status has a class of its own. */
  readonly errorNames: Readonly<Record<number, string>>
  chat(session: Session): Promise<Said>
  stream(session: Session): Promise<Streamed>
  tools(session: Session, isStream: boolean): Promise<ToolRun>
  structured(session: Session): Promise<unknown>
  vision(session: Session): Promise<Said>
  /** Reads one piece of a stream and leaves. */
  abort(session: Session): Promise<void>
  /** A request that is refused. */
  refusal(session: Session): Promise<Failed>
  /** A stream that breaks off. */
  brokenStream(session: Session): Promise<Failed>
  close(): Promise<void>
}

/** As an error that was thrown looks to an application. */
function failedBy(thrown: unknown): Failed {
  const error: { status?: unknown; statusCode?: unknown; name?: unknown; constructor: { name: string } } =
    thrown instanceof Error ? thrown : new Error(String(thrown))
  const status = error.status ?? error.statusCode
  return { status: typeof status === 'number' ? status : null, error: error.constructor.name }
}

/** Both official clients'. */
export const OPENAI_ERRORS: ConformanceClient['errorNames'] = {
  400: 'BadRequestError',
  401: 'AuthenticationError',
  403: 'PermissionDeniedError',
  404: 'NotFoundError',
  429: 'RateLimitError',
  502: 'InternalServerError',
}

export async function failureOf(act: () => Promise<unknown>): Promise<Failed> {
  try {
    await act()
  } catch (error) {
    return failedBy(error)
  }
  throw new Error('the client saw no error')
}
