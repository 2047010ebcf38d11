// Where tools go: the shipped facts, and what a catalogue may say of them.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CatalogError } from '../../../src/catalog/catalog-error.ts'
import { loadCatalog } from '../../../src/catalog/load-catalog.ts'
import { surfaceOf } from '../../../src/core/surface.ts'
import { sampleCatalog } from './sample-catalog.ts'

const shipped = loadCatalog(readFileSync('config/catalog.yaml', 'utf8'))

const fact = (accepted: string) => `tools_on_chat: { accepted: ${accepted}, source: a, checked: 2026-11-24 }`
const problemsOf = (text: string): unknown => {
  try {
    return loadCatalog(text).route('openai/dated')?.toolsOnChat
  } catch (error) {
    if (error instanceof CatalogError) return error.problems
    throw error
  }
}

describe('the shipped catalogue', () => {
  it('sends tools with reasoning to the Responses API from gpt-5.4 on, and nothing else', () => {
    const sent = shipped.routes.filter(
      (route) => surfaceOf(route, { toolCount: 1, reasoningEffort: null }) === 'responses',
    )
    expect(sent.every(({ provider }) => provider === 'openai')).toBe(true)
    const default54 = shipped.route('openai/gpt-5.4-mini')
    expect(sent).not.toContain(default54)
    const models = new Set(sent.map(({ model }) => model))
    expect([...models].toSorted()).toEqual([
      'gpt-5.4-mini',
      'gpt-5.4-nano',
      'gpt-5.5',
      'gpt-5.6-luna',
      'gpt-5.6-sol',
      'gpt-5.6-terra',
      'gpt-6-astra',
      'gpt-6-luna',
      'gpt-6-sol',
      'gpt-6.1-sol',
      'gpt-6.1-terra',
    ])
    expect(sent.filter(({ effort }) => effort === 'none').map(({ model }) => model)).toEqual([
      'gpt-5.5',
      'gpt-5.4-mini',
      'gpt-5.4-nano',
    ])
  })

  it('lets every route of OpenAI that reasons have tools', () => {
    const without = shipped.routes.filter(
      ({ provider, reasons, capabilities }) => provider === 'openai' && reasons && !capabilities.has('tools'),
    )
    expect(without).toEqual([])
  })
})

describe('tools_on_chat', () => {
  const DATED = 'id: dated\n    status: current'
  const WINDOWED = 'id: windowed\n    status: current'

  it('is always where nothing is said', () => {
    expect(problemsOf(sampleCatalog())).toBe('always')
    expect(problemsOf(sampleCatalog([DATED, `${DATED}\n    ${fact('never')}`]))).toBe('never')
  })

  it('is a word of the list, with a source, and of a model of OpenAI', () => {
    expect(problemsOf(sampleCatalog([DATED, `${DATED}\n    ${fact('sometimes')}`]))).toMatchObject([
      { path: 'models[2].tools_on_chat.accepted' },
    ])
    expect(problemsOf(sampleCatalog([WINDOWED, `${WINDOWED}\n    ${fact('never')}`]))).toMatchObject([
      { path: 'models[0].tools_on_chat', wanted: 'models of openai only' },
    ])
  })
})
