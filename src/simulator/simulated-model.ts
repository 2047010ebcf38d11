// What a simulated provider knows of a model, as plain data. Prices are decimal strings in USD per million tokens, as
// vendors print them.

export interface SimulatedModel {
  readonly id: string
  readonly contextTokens: number
  readonly maxOutputTokens: number
  /** `data`: data URLs only; `any`: http(s) URLs too. */
  readonly images: 'none' | 'data' | 'any'
  readonly cache: SimulatedCache | null
  /** The sheet in force is the last one whose `fromMs` has passed. */
  readonly sheets: readonly SimulatedSheet[]
}

export interface SimulatedCache {
  /** `automatic`: every prompt is cached; `marked`: only what carries `cache_control`. */
  readonly mode: 'automatic' | 'marked'
  readonly minTokens: number
  readonly ttlMs: number
  /** An automatic cache that bills the first pass over a prefix as a cache write. */
  readonly chargesWrites: boolean
}

export interface SimulatedSheet {
  /** When it comes into force, milliseconds since the epoch; null: always was. */
  readonly fromMs: number | null
  /** By prompt length, shortest first; the whole request is charged at one bracket. */
  readonly brackets: readonly SimulatedBracket[]
  /** Hours that have brackets of their own. */
  readonly peak: SimulatedPeak | null
  /** Service tiers that cost another multiple of all of it, such as `2` or `5/3`. */
  readonly serviceTiers?: Readonly<Record<string, string>>
}

export interface SimulatedBracket {
  /** Longest prompt that is charged here, in tokens; null: any. */
  readonly upToTokens: number | null
  readonly input: string
  readonly cachedInput: string
  readonly cacheWrite: string
  readonly cacheWriteLong: string
  readonly output: string
}

/** Windows of a week in the vendor's own time zone. */
export interface SimulatedPeak {
  readonly utcOffsetMinutes: number
  /** 0 = Sunday. */
  readonly weekdays: readonly number[]
  /** Minutes of the local day, `[from, to)`. */
  readonly windows: readonly (readonly [from: number, to: number])[]
  /** Local days (`2026-10-01`) that have no peak. */
  readonly holidays: readonly string[]
  /** Local days at a weekend on which people work, and which count as weekdays. */
  readonly workingDays: readonly string[]
  readonly brackets: readonly SimulatedBracket[]
}

/** Tokens as the simulator bills them, in disjoint classes; `reasoning` is inside `output`. */
export interface SimulatedUsage {
  readonly input: number
  readonly cachedInput: number
  readonly cacheWrite: number
  readonly cacheWriteLong: number
  readonly output: number
  readonly reasoning: number
}
