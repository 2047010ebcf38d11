// A fetch that reads along: every answer that a client gets is held against what is said of it, on a copy.

import type { OpenAiSchemas, SchemaName } from './openai-schemas.ts'

export interface WireWatch {
  readonly fetch: typeof globalThis.fetch
  /** How many bodies of each kind were held against their schema. */
  readonly counts: ReadonlyMap<SchemaName, number>
  /** What was wrong, each once, with how often. */
  readonly problems: ReadonlyMap<string, number>
  /** Resolves once every answer so far has been read. */
  settled(): Promise<void>
}

/** Without schemas only headers are looked at. */
export function createWireWatch(schemas: OpenAiSchemas | null): WireWatch {
  const counts = new Map<SchemaName, number>()
  const problems = new Map<string, number>()
  const open = new Set<Promise<void>>()
  const complain = (problem: string): void => void problems.set(problem, (problems.get(problem) ?? 0) + 1)
  const hold = (name: SchemaName, value: unknown): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1)
    for (const problem of schemas?.problems(name, value) ?? []) complain(problem)
  }

  const read = async (response: Response): Promise<void> => {
    if (response.headers.get('x-request-id') === null) complain('an answer without x-request-id')
    const type = response.headers.get('content-type') ?? ''
    if (type.startsWith('application/json')) {
      const body: unknown = JSON.parse(await response.text())
      hold(nameOf(body, response.ok), body)
    } else if (type.startsWith('text/event-stream')) {
      for (const data of eventsOf(await textUpToEnd(response))) holdEvent(data, hold)
    } else complain(`an answer of the type ${type}`)
  }

  return {
    async fetch(input, init) {
      const response = await fetch(input, init)
      const reading = read(response.clone())
        .catch((error: unknown) => complain(`an answer that cannot be read: ${String(error)}`))
        .finally(() => open.delete(reading))
      open.add(reading)
      return response
    },
    counts,
    problems,
    async settled() {
      await Promise.all(open)
    },
  }
}

function nameOf(body: unknown, isOk: boolean): SchemaName {
  if (!isOk) return 'ErrorResponse'
  const object: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'object') : undefined
  if (object === 'list') return 'ListModelsResponse'
  return object === 'model' ? 'Model' : 'CreateChatCompletionResponse'
}

function holdEvent(data: string, hold: (name: SchemaName, value: unknown) => void): void {
  if (data === '[DONE]') return
  const value: unknown = JSON.parse(data)
  const isError = typeof value === 'object' && value !== null && 'error' in value
  hold(isError ? 'ErrorResponse' : 'CreateChatCompletionStreamResponse', value)
}

/** What had come when the client left, where it did. */
async function textUpToEnd({ body }: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const bytes of body ?? []) text += decoder.decode(bytes, { stream: true })
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error
  }
  return text
}

/** Of events that came whole. */
function eventsOf(text: string): readonly string[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .flatMap((event) => event.split('\n'))
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice(6))
}
