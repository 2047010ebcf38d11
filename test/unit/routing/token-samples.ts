// The estimator against texts whose exact token counts are known (test/fixtures/token-samples).

import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { parseChatRequest } from '../../../src/openai/parse-chat-request.ts'
import { estimatePromptTokens } from '../../../src/routing/prompt-tokens.ts'
import { readTextProfile } from '../../../src/routing/text-profile.ts'
import { tokenizerFamily } from '../../../src/routing/tokenizer-families.ts'

const FOLDER = new URL('../../fixtures/token-samples/', import.meta.url)

const countsSchema = z.record(
  z.string(),
  z.object({
    kind: z.string(),
    windowCharacters: z.number(),
    tokens: z.record(z.string(), z.number()),
    windows: z.record(z.string(), z.array(z.number())),
  }),
)

const SAMPLE_KINDS = ['english', 'chinese', 'code', 'json'] as const
const COUNTED_FAMILIES = ['openai-o200k', 'deepseek', 'qwen', 'claude'] as const

/** Relative errors of the estimate, of one kind of text in one family. */
export interface SampleErrors {
  readonly kind: string
  readonly family: string
  /** Per whole sample, 3 to 8 KB. */
  readonly samples: readonly number[]
  /** Per window of 1,500 characters (500 of Chinese). */
  readonly windows: readonly number[]
}

export interface CountedText {
  readonly kind: string
  readonly text: string
  readonly windowCharacters: number
  /** Exact counts by family: of the whole text, and of its windows. */
  readonly tokens: Readonly<Record<string, number>>
  readonly windows: Readonly<Record<string, readonly number[]>>
}

export function countedTexts(): readonly CountedText[] {
  const counts = countsSchema.parse(JSON.parse(readFileSync(new URL('counts.json', FOLDER), 'utf8')))
  return Object.entries(counts).map(([file, counted]) => ({
    ...counted,
    text: readFileSync(new URL(file, FOLDER), 'utf8'),
  }))
}

export function measureSamples(): readonly SampleErrors[] {
  const texts = countedTexts()
  return SAMPLE_KINDS.flatMap((kind) =>
    COUNTED_FAMILIES.map((family) => {
      const samples: number[] = []
      const windows: number[] = []
      for (const counted of texts) {
        if (counted.kind !== kind) continue
        samples.push(relativeError(counted.text, family, counted.tokens[family]))
        const characters = Array.from(counted.text)
        for (const [place, exact] of (counted.windows[family] ?? []).entries()) {
          const start = place * counted.windowCharacters
          const piece = characters.slice(start, start + counted.windowCharacters).join('')
          windows.push(relativeError(piece, family, exact))
        }
      }
      return { kind, family, samples, windows }
    }),
  )
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Of the absolute values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.map(Math.abs).toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** Estimated tokens of the text alone, as the content of one message. */
export function estimateText(text: string, familyName: string): number {
  const body = Buffer.from(JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: text }] }))
  const family = tokenizerFamily(familyName)
  const estimated = estimatePromptTokens(readTextProfile(parseChatRequest(body, {})), familyName)
  return estimated - family.perMessage - family.perRequest
}

function relativeError(text: string, family: string, exact: number | undefined): number {
  if (exact === undefined) throw new Error(`no count for ${family}`)
  return estimateText(text, family) / exact - 1
}
