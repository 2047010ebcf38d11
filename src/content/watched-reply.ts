// A client's reply, watched: everything goes to the client first, and then to whoever collects it.

import type { ClientReply, ReplyHeaders } from '../chat/client-reply.ts'
import type { GatewayError } from '../core/errors.ts'
import type { AnswerContent } from './answer-content.ts'

export class WatchedReply implements ClientReply {
  readonly #client: ClientReply
  readonly #answer: AnswerContent

  constructor(client: ClientReply, answer: AnswerContent) {
    this.#client = client
    this.#answer = answer
  }

  get isGone(): boolean {
    return this.#client.isGone
  }

  onGone(listener: () => void): void {
    this.#client.onGone(listener)
  }

  addHeaders(headers: ReplyHeaders): void {
    this.#client.addHeaders(headers)
  }

  json(status: number, headers: ReplyHeaders, body: string | Uint8Array): void {
    this.#client.json(status, headers, body)
    this.#answer.addWhole(body)
  }

  fail(error: GatewayError, headers: ReplyHeaders): void {
    this.#client.fail(error, headers)
  }

  open(headers: ReplyHeaders): void {
    this.#client.open(headers)
  }

  write(bytes: Uint8Array): boolean {
    const hasRoom = this.#client.write(bytes)
    this.#answer.addFrame(bytes)
    return hasRoom
  }

  onDrain(listener: () => void): void {
    this.#client.onDrain(listener)
  }

  end(text: string): void {
    this.#client.end(text)
  }
}
