// Per model: how its attempts ended, and the label objects of its histograms, made once.

import type { AttemptOutcome } from '../core/request-record.ts'
import { OTHER } from './series.ts'

export interface ModelLabels {
  readonly provider: string
  readonly model: string
}

// A type, not an interface: prom-client wants plain string records.
export type GenAiLabels = Readonly<Record<string, string>>

export interface ModelSeries extends ModelLabels {
  readonly outcomes: Map<AttemptOutcome, number>
  readonly labels: { readonly provider: string; readonly model: string }
  readonly inputTokens: GenAiLabels
  readonly outputTokens: GenAiLabels
  /** Labels of the duration of an attempt that ended so. */
  operation(outcome: AttemptOutcome): GenAiLabels
}

export interface ModelTable {
  at(provider: string, model: string): ModelSeries
  all(): Iterable<ModelSeries>
}

/** `models` is the closed set, as `provider/model`; anything else counts as `other`. */
export function createModelTable(models: ReadonlySet<string>): ModelTable {
  const table = new Map<string, ModelSeries>()
  return {
    at(provider, model) {
      const id = `${provider}/${model}`
      const known = table.get(id)
      if (known !== undefined) return known
      if (!models.has(id) && id !== `${OTHER}/${OTHER}`) return this.at(OTHER, OTHER)
      const series = createModelSeries(provider, model)
      table.set(id, series)
      return series
    },
    all: () => table.values(),
  }
}

function createModelSeries(provider: string, model: string): ModelSeries {
  // Attribute names of the OpenTelemetry conventions for generative AI, in Prometheus spelling.
  const genAi = { gen_ai_operation_name: 'chat', gen_ai_provider_name: provider, gen_ai_request_model: model }
  const operations = new Map<AttemptOutcome, GenAiLabels>([['success', genAi]])
  return {
    provider,
    model,
    outcomes: new Map(),
    labels: { provider, model },
    inputTokens: { ...genAi, gen_ai_token_type: 'input' },
    outputTokens: { ...genAi, gen_ai_token_type: 'output' },
    operation(outcome) {
      let labels = operations.get(outcome)
      if (labels === undefined) {
        labels = { ...genAi, error_type: outcome }
        operations.set(outcome, labels)
      }
      return labels
    },
  }
}
