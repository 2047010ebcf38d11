// config/catalog.yaml as a plain parsed object → what the simulated providers sell. Reads the file by itself, on purpose not
// with the gateway's code: a price that the gateway reads wrongly shows as a difference in the books.

import { isProviderId, PROVIDER_IDS, type ProviderId } from '../core/route.ts'
import type { FleetModels } from './fleet.ts'
import { type JsonObject, listOf, numberOf, objectOf, textOf } from './json-value.ts'
import type {
  SimulatedBracket,
  SimulatedCache,
  SimulatedModel,
  SimulatedPeak,
  SimulatedSheet,
} from './simulated-model.ts'

/** Every model that is not retired, at the prices of its provider's default region. */
export function modelsOfCatalog(catalog: unknown): FleetModels {
  const file = objectOf(catalog)
  const models: Record<ProviderId, SimulatedModel[]> = {
    deepseek: [],
    alibaba: [],
    moonshot: [],
    openai: [],
    anthropic: [],
  }
  for (const entry of listOf(file['models']).map(objectOf)) {
    const { provider, status } = entry
    if (!isProviderId(provider) || status === 'retired') continue
    const model = readModel(file, provider, entry)
    if (model.sheets.length > 0) models[provider].push(model)
  }
  const without = PROVIDER_IDS.find((id) => models[id].length === 0)
  if (without !== undefined) throw new Error(`the catalogue has no model with a price of ${without}`)
  return models
}

function readModel(file: JsonObject, provider: ProviderId, entry: JsonObject): SimulatedModel {
  const can = listOf(entry['can'])
  const region = objectOf(objectOf(file['providers'])[provider])['default_region']
  const sheets = listOf(entry['prices'])
    .map(objectOf)
    .filter((sheet) => sheet['region'] === undefined || sheet['region'] === region)
    .map((sheet) => readSheet(file, sheet))
  return {
    id: textOf(entry['id']),
    contextTokens: wholeOf(entry, 'context'),
    maxOutputTokens: wholeOf(entry, 'max_output'),
    images: !can.includes('images') ? 'none' : can.includes('image_urls') ? 'any' : 'data',
    cache: entry['cache'] === undefined ? null : readCache(objectOf(entry['cache'])),
    sheets: sheets.toSorted((one, other) => (one.fromMs ?? 0) - (other.fromMs ?? 0)),
  }
}

function readCache(cache: JsonObject): SimulatedCache {
  return {
    mode: cache['mode'] === 'marked' ? 'marked' : 'automatic',
    minTokens: wholeOf(cache, 'min_tokens'),
    ttlMs: wholeOf(cache, 'ttl_seconds') * 1000,
    chargesWrites: cache['charges_writes'] === true,
  }
}

function readSheet(file: JsonObject, sheet: JsonObject): SimulatedSheet {
  const { from, window } = sheet
  return {
    fromMs: typeof from === 'string' ? Date.parse(`${from}T00:00:00Z`) : null,
    brackets: listOf(sheet['brackets']).map(readBracket),
    peak: window === undefined ? null : readPeak(file, objectOf(window)),
    serviceTiers: Object.fromEntries(
      Object.entries(objectOf(sheet['service_tiers'])).map(([name, multiple]) => [name, String(multiple)]),
    ),
  }
}

function readBracket(value: unknown): SimulatedBracket {
  const bracket = objectOf(value)
  const price = (name: string, otherwise?: string): string => {
    const usd = numberOf(bracket[name])
    if (usd !== null) return String(usd)
    if (otherwise === undefined) throw new Error(`a bracket of the catalogue has no price for ${name}`)
    return otherwise
  }
  const input = price('input')
  const cacheWrite = price('cache_write', input)
  return {
    upToTokens: numberOf(bracket['up_to']),
    input,
    cachedInput: price('cached_input', input),
    cacheWrite,
    cacheWriteLong: price('cache_write_long', cacheWrite),
    output: price('output'),
  }
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

function readPeak(file: JsonObject, window: JsonObject): SimulatedPeak {
  const calendar = objectOf(objectOf(file['calendars'])[textOf(window['calendar'])])
  const years = listOf(objectOf(file['holidays'])[textOf(calendar['except_holidays'])]).map(objectOf)
  return {
    utcOffsetMinutes: readOffset(textOf(calendar['utc_offset'])),
    weekdays: listOf(calendar['days']).map((day) => DAYS.indexOf(textOf(day))),
    windows: listOf(calendar['windows']).map((range) => {
      const [from = '', to = ''] = textOf(range).split('-')
      return [readMinute(from), readMinute(to)] as const
    }),
    holidays: years.flatMap((year) => listOf(year['holidays']).map(textOf)),
    workingDays: years.flatMap((year) => listOf(year['working_days']).map(textOf)),
    brackets: listOf(window['brackets']).map(readBracket),
  }
}

function readOffset(text: string): number {
  const minutes = readMinute(text.slice(1))
  return text.startsWith('-') ? -minutes : minutes
}

function readMinute(text: string): number {
  const [hours = '', minutes = ''] = text.split(':')
  return Number(hours) * 60 + Number(minutes)
}

function wholeOf(entry: JsonObject, name: string): number {
  const value = numberOf(entry[name])
  if (value === null) throw new Error(`${textOf(entry['id'])} has no ${name} in the catalogue`)
  return value
}
