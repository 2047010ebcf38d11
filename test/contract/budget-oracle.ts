// A budget done the slow way: every hold and every end is remembered, and each question adds all of them up.

interface Asked {
  readonly id: string
  readonly held: bigint
  spent: bigint
  isLive: boolean
  /** A reset has forgotten what it had spent. */
  isForgotten: boolean
}

export class BudgetOracle {
  readonly #asked: Asked[] = []

  /** What is held; null where there is no room, not even for the least. */
  hold(
    id: string,
    { amount, least, limit }: { amount: number; least: number; limit: bigint | null },
  ): number | null {
    const taken = this.spent + this.held
    for (const one of [amount, least]) {
      if (limit !== null && taken + BigInt(one) > limit) continue
      this.#asked.push({ id, held: BigInt(one), spent: 0n, isLive: true, isForgotten: false })
      return one
    }
    return null
  }

  end(id: string, spent: number): void {
    for (const one of this.#asked) {
      if (one.id !== id || !one.isLive) continue
      one.isLive = false
      one.spent = BigInt(spent)
    }
  }

  reset(): void {
    for (const one of this.#asked) if (!one.isLive) one.isForgotten = true
  }

  get spent(): bigint {
    return this.#asked.reduce((sum, one) => sum + (one.isForgotten ? 0n : one.spent), 0n)
  }

  get held(): bigint {
    return this.#asked.reduce((sum, { held, isLive }) => sum + (isLive ? held : 0n), 0n)
  }
}
