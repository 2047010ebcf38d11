// A turn of the assistant's that called tools, as its provider wants it back: its reasoning, which most clients lose, and
// where that stood among what they do send back.

export type TurnPart =
  /** In the provider's own words. */
  | { readonly kind: 'reasoning'; readonly value: unknown }
  | { readonly kind: 'text' }
  | { readonly kind: 'call'; readonly id: string; readonly name: string }

/** What a client sent of a turn, in the provider's words. */
export interface SentTurn<Item> {
  readonly text: readonly Item[]
  /** By id. */
  readonly calls: ReadonlyMap<string, Item>
}

/** The turn with its reasoning where it was; null where the client's calls are not those of the turn. */
export function restoreTurn<Item>(
  parts: readonly TurnPart[],
  { text, calls }: SentTurn<Item>,
  itemOf: (value: unknown) => Item,
): readonly Item[] | null {
  const restored: Item[] = []
  let waitingText = text
  let callCount = 0
  const say = (): void => {
    restored.push(...waitingText)
    waitingText = []
  }
  for (const part of parts) {
    if (part.kind === 'reasoning') restored.push(itemOf(part.value))
    else if (part.kind === 'text') say()
    else {
      const call = calls.get(part.id)
      if (call === undefined) return null
      // Text that the model had not written stands before its calls, as the client has it.
      say()
      restored.push(call)
      callCount++
    }
  }
  return callCount === calls.size ? restored : null
}
