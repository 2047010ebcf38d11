// Questions and answers between the process that was started and its workers, over the channel that Node keeps between them.

export interface Peer {
  /** The process, or one of its workers. */
  send(message: object): void
  onMessage(hear: (message: unknown) => void): void
}

/** What a peer may be asked; answered by something that JSON can say. */
export type Handlers = Readonly<Record<string, (argument: unknown) => Promise<unknown>>>

export interface Link {
  /** Rejects where the peer fails, or does not answer in time. */
  ask(question: string, argument?: unknown): Promise<unknown>
}

const TIMEOUT_MS = 10_000

interface Waiting {
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

export function openLink(peer: Peer, handlers: Handlers): Link {
  const waiting = new Map<number, Waiting>()
  let last = 0
  const answer = async (id: number, question: string, argument: unknown): Promise<void> => {
    try {
      const handler = handlers[question]
      if (handler === undefined) throw new Error(`nobody here answers ${question}`)
      peer.send({ answers: id, answer: (await handler(argument)) ?? null })
    } catch (error) {
      peer.send({ answers: id, error: error instanceof Error ? error.message : String(error) })
    }
  }
  const settle = (id: number, message: object): void => {
    const one = waiting.get(id)
    if (one === undefined) return
    waiting.delete(id)
    clearTimeout(one.timer)
    if ('error' in message) one.reject(new Error(String(message.error)))
    else one.resolve('answer' in message ? message.answer : null)
  }
  peer.onMessage((message) => {
    if (typeof message !== 'object' || message === null) return
    if ('answers' in message && typeof message.answers === 'number') return settle(message.answers, message)
    if (!('asks' in message) || typeof message.asks !== 'string' || !('id' in message)) return
    void answer(Number(message.id), message.asks, 'argument' in message ? message.argument : null)
  })
  return {
    ask(question, argument = null) {
      const id = ++last
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(id)
          reject(new Error(`no answer to ${question} in time`))
        }, TIMEOUT_MS)
        timer.unref()
        waiting.set(id, { resolve, reject, timer })
        peer.send({ id, asks: question, argument })
      })
    },
  }
}
