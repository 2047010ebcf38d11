// A server of the operator's, as the file describes it → what the catalogue and the translator need of it.

import { traitsSchema } from '../catalog/schema.ts'
import type { ServedModel } from '../catalog/served-models.ts'
import type { ProviderName } from '../core/route.ts'
import type { ServerConfig } from './config.ts'
import type { Report } from './environment.ts'
import { formatPath } from './parse-file.ts'
import type { ServerSection } from './schema.ts'
import type { ServedModelSection } from './server-schema.ts'

const NAME = /^[a-z][a-z0-9-]{0,39}$/
/** Words that stand where a provider's name does, and mean something else. */
const TAKEN: readonly string[] = ['farthing', 'other']
/** As the server knows it: printable ASCII without spaces, and without `*`, which is a wildcard in a key's rules. */
const MODEL = /^(?!.*\*)[\x21-\x7e]{1,100}$/

export function buildServer(name: ProviderName, section: ServerSection, report: Report): ServerConfig {
  if (!NAME.test(name) || TAKEN.includes(name)) {
    const problem = TAKEN.includes(name) ? 'is a word with another meaning' : 'is no name for a provider'
    const wanted = `a small letter, then up to 39 small letters, digits and -, and not ${TAKEN.join(' or ')}`
    report({ path: formatPath(['providers', name]), problem, wanted })
  }
  const models = Object.entries(section.models)
  if (models.length === 0) {
    const wanted = 'a mapping with at least one model by the name that the server knows it by'
    report({ path: formatPath(['providers', name, 'models']), problem: 'is empty', wanted })
  }
  return {
    capField: section.output_cap,
    takesStreamOptions: section.stream_options,
    wantsReasoning: section.wants_reasoning,
    served: {
      name,
      jurisdiction: section.jurisdiction,
      models: models.map(([id, model]) => {
        checkModel(model, ['providers', name, 'models', id], report)
        return buildServedModel(id, model)
      }),
    },
  }
}

function checkModel(model: ServedModelSection, path: readonly string[], report: Report): void {
  const id = path.at(-1) ?? ''
  if (!MODEL.test(id)) {
    const wanted = 'up to 100 characters of printable ASCII without spaces and *'
    report({ path: formatPath(path), problem: 'is no name for a model', wanted })
  }
  if ((model.max_output ?? 0) > model.context) {
    const wanted = `at most the context, ${model.context}`
    report({ path: formatPath([...path, 'max_output']), problem: `is ${model.max_output}`, wanted })
  }
  const { default_effort: usual, efforts } = model
  if (usual !== undefined && !efforts.includes(usual)) {
    const wanted = 'one of the efforts of this model'
    report({ path: formatPath([...path, 'default_effort']), problem: `is ${usual}`, wanted })
  }
}

function buildServedModel(id: string, model: ServedModelSection): ServedModel {
  return {
    entry: {
      id,
      status: 'current',
      context: model.context,
      max_output: model.max_output ?? model.context,
      tokenizer: model.tokenizer,
      can: model.can,
      ...(model.cache === undefined
        ? {}
        : { cache: { mode: 'automatic', ...model.cache, charges_writes: false } }),
      routes: [{ tier: model.tier, reasons: model.reasons, cannot: [] }],
      prices: buildPrices(model),
    },
    traits: traitsSchema.parse({
      hints: model.hints,
      efforts: Object.fromEntries(model.efforts.map((effort) => [effort, effort])),
      ...(model.default_effort === undefined ? {} : { default_effort: model.default_effort }),
      content: model.content,
      json_word: model.json_word,
    }),
  }
}

/** None where nothing is said of them: the model is then never routed to, and the start-up log says so. */
function buildPrices({ prices }: ServedModelSection): ServedModel['entry']['prices'] {
  if (prices === undefined) return []
  const { checked, ...bracket } = prices
  return [{ source: 'the configuration', checked: checked ?? null, brackets: [bracket], service_tiers: {} }]
}
