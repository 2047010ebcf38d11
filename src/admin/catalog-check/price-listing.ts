// Prices as the npm package @earendil-works/pi-ai carries them, one JSON file for each seller under dist/providers/data. Files
// are read, and no code of the package runs. Vendors' own lists and what others sell the same models at.

import { z } from 'zod'

const price = z.number().min(0)

const entry = z.object({
  id: z.string(),
  type: z.string().optional(),
  cost: z.object({ input: price, output: price, cacheRead: price.optional(), cacheWrite: price.optional() }),
})

/** By the wire that a model speaks, then by `kind:id`. */
const sellerFile = z.record(z.string(), z.record(z.string(), z.unknown()))
const manifest = z.object({ generatedAt: z.iso.datetime() })

/** USD per million tokens of a short prompt; null: not told. */
export interface ListedPrice {
  readonly input: number
  readonly output: number
  readonly cachedInput: number | null
  readonly cacheWrite: number | null
}

export interface Seller {
  /** The name of its file: `openai`, `openrouter`, … */
  readonly name: string
  /** Chat models by the seller's id. */
  readonly prices: ReadonlyMap<string, ListedPrice>
}

export interface PriceListing {
  /** `YYYY-MM-DD`: when it was made. */
  readonly asOf: string
  readonly sellers: ReadonlyMap<string, Seller>
}

const MANIFEST = '.manifest.json'

/** `files` by name. Throws where they are no such listing. */
export function parsePriceListing(files: ReadonlyMap<string, string>): PriceListing {
  const { generatedAt } = manifest.parse(JSON.parse(files.get(MANIFEST) ?? 'null'), {
    error: () => `${MANIFEST} does not say when it was made`,
  })
  const sellers = new Map<string, Seller>()
  for (const [file, text] of files) {
    if (file === MANIFEST || !file.endsWith('.json')) continue
    const name = file.slice(0, -'.json'.length)
    sellers.set(name, { name, prices: readPrices(text) })
  }
  if (sellers.size === 0) throw new Error('there are no prices in it')
  return { asOf: generatedAt.slice(0, 10), sellers }
}

/** What is listed in a form that this version does not know is left out: it is compared with nothing. */
function readPrices(text: string): ReadonlyMap<string, ListedPrice> {
  const prices = new Map<string, ListedPrice>()
  for (const models of Object.values(sellerFile.parse(JSON.parse(text)))) {
    for (const [key, value] of Object.entries(models)) {
      const parsed = key.startsWith('chat:') ? entry.safeParse(value) : null
      if (parsed?.success !== true) continue
      const { id, cost } = parsed.data
      // Nobody gives these away: zero stands for a subscription, or for what nobody filled in.
      if (cost.input === 0 || cost.output === 0) continue
      prices.set(id, {
        input: cost.input,
        output: cost.output,
        cachedInput: cost.cacheRead === undefined || cost.cacheRead === 0 ? null : cost.cacheRead,
        cacheWrite: cost.cacheWrite === undefined || cost.cacheWrite === 0 ? null : cost.cacheWrite,
      })
    }
  }
  return prices
}
