// One piece of a streamed answer as it goes out, with what has been generated once it is out: an answer that ends here is
// billed for that much.

export interface Frame {
  readonly text: string
  /** Output tokens made so far, reasoning included. */
  readonly output: number
  readonly reasoning: number
}
