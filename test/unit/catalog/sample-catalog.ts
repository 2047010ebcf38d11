// A small catalogue as text: brackets, a window, dated sheets, two regions and service tiers, to be changed by replacement.

const SAMPLE_CATALOG = `
checked: 2026-11-24
calendars:
  office:
    utc_offset: "+08:00"
    days: [mon, tue, wed, thu, fri]
    windows: ["09:00-12:00", "14:00-18:00"]
    except_holidays: cn
holidays:
  cn:
    - year: 2026
      source: a notice
      holidays: [2026-10-01]
      working_days: [2026-10-10]
providers:
  deepseek: { default_region: global, regions: { global: { jurisdiction: cn } } }
  alibaba:
    default_region: singapore
    regions: { singapore: { jurisdiction: sg }, beijing: { jurisdiction: cn } }
  moonshot: { default_region: international, regions: { international: { jurisdiction: cn } } }
  openai: { default_region: global, regions: { global: { jurisdiction: us } } }
  anthropic: { default_region: global, regions: { global: { jurisdiction: us } } }
traits:
  plain:
    source: a page
    checked: 2026-11-01
    can: [stop]
    hints: [temperature, seed]
    hints_thinking: [seed]
models:
  - provider: deepseek
    id: windowed
    status: current
    context: 1000
    max_output: 500
    tokenizer: deepseek
    traits: plain
    can: [tools]
    routes:
      - { tier: standard, reasons: true, evidence: { index: a, version: "1", score: 30, date: 2026-10-08 } }
      - { effort: none, tier: economy, reasons: false, evidence: { index: a, version: "1", score: null, date: 2026-10-08 }, cannot: [tools] }
    prices:
      - source: a page
        checked: 2026-11-01
        brackets:
          - { input: 0.15, cached_input: 0.003, output: 0.6 }
        window:
          calendar: office
          brackets:
            - { input: 0.3, cached_input: 0.006, output: 1.2 }
  - provider: alibaba
    id: bracketed
    status: deprecated
    retires_on: 2026-12-01
    context: 1000000
    max_prompt: 900000
    max_output: 500
    tokenizer: qwen
    traits: plain
    can: [tools, json_object]
    cache: { mode: automatic, min_tokens: 1024, ttl_seconds: 300, charges_writes: false }
    routes:
      - { tier: economy, reasons: false, evidence: { index: a, version: "1", score: 10, date: 2026-10-08 } }
    prices:
      - source: a page
        checked: 2026-09-23
        brackets:
          - { up_to: 1000, input: 0.4, cached_input: 0.08, cache_write: 0.5, output: 1.2 }
          - { input: 1.2, cached_input: 0.24, cache_write: 1.5, output: 3.6 }
  - provider: openai
    id: dated
    status: current
    context: 1000
    max_output: 500
    tokenizer: openai-o200k
    traits: plain
    can: [tools]
    routes:
      - { tier: premium, reasons: false, evidence: { index: a, version: "1", score: 45, date: 2026-10-08 } }
    prices:
      - from: 2026-10-07
        source: a page
        checked: 2026-11-02
        brackets:
          - { input: 2, cached_input: 0.1, cache_write: 2.5, cache_write_long: 4, output: 10 }
        service_tiers: { flex: 0.5, priority: 5/2 }
      - from: 2026-01-01
        source: a page
        checked: 2026-10-01
        brackets:
          - { input: 3, output: 15 }
  - provider: openai
    id: gone
    status: retired
    retires_on: 2026-10-23
    context: 1000
    max_output: 500
    tokenizer: openai-o200k
    traits: plain
    can: []
    routes: []
    prices:
      - source: a page
        checked: 2026-01-01
        brackets:
          - { input: 10, output: 30 }
`

/** Throws where there is nothing to replace, so that a test cannot pass by changing nothing. */
export function sampleCatalog(...replacements: readonly (readonly [from: string, to: string])[]): string {
  let text = SAMPLE_CATALOG
  for (const [from, to] of replacements) {
    if (!text.includes(from)) throw new Error(`the sample has no ${from}`)
    text = text.replace(from, to)
  }
  return text
}
