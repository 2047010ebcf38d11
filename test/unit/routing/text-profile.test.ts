import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTransitionCounter, TEXT_FEATURES } from '../../../src/routing/character-classes.ts'
import {
  createTokenCorrection,
  estimatePromptTokens,
  promptTokensUpperBound,
} from '../../../src/routing/prompt-tokens.ts'
import { normalizationGrowth, readTextProfile } from '../../../src/routing/text-profile.ts'
import { sampleRequest } from './route-samples.ts'
import { countedTexts, estimateText, mean, measureSamples, quantile } from './token-samples.ts'

const ratio = (text: string): number => estimateText(text, 'claude-2026') / estimateText(text, 'claude')

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

const tokensOf = (fields: Record<string, unknown>, family: string): number =>
  estimatePromptTokens(readTextProfile(sampleRequest(fields)), family)

const messageTokens = (messages: unknown[]): number =>
  tokensOf({ messages }, 'openai-o200k') - 4 * messages.length

const tokens = (fields: Record<string, unknown>): number => tokensOf(fields, 'qwen')

const profileOf = (parts: unknown[]) =>
  readTextProfile(sampleRequest({ messages: [{ role: 'user', content: parts }] }))

const SAMPLES = new URL('../../fixtures/token-samples/', import.meta.url)
const english = readFileSync(new URL('english-guide.txt', SAMPLES), 'utf8')
const chinese = readFileSync(new URL('chinese-guide.txt', SAMPLES), 'utf8')

function features(json: string): Record<string, number> {
  const counter = createTransitionCounter()
  const bytes = Buffer.from(json)
  counter.add(bytes, 0, bytes.length)
  const values = counter.features(1)
  return Object.fromEntries(
    TEXT_FEATURES.map((name, place) => [name, values[place] ?? 0]).filter(([, value]) => value !== 0),
  )
}

describe('character classes', () => {
  it('counts starts, not characters alone', () => {
    expect(features('camelCase two_words 123')).toEqual({
      wordStarts: 2,
      gluedWordStarts: 1,
      camelStarts: 1,
      lowerLetters: 16,
      upperLetters: 1,
      digitStarts: 1,
      digits: 3,
      spaces: 2,
      punctuationStarts: 1,
    })
  })

  it('counts an escaped text as what it stands for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const escaped = Array.from(
          { length: text.length },
          (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`,
        ).join('')
        const plain = JSON.stringify(text).slice(1, -1)
        // \b and \f are punctuation under their short names and under \u alike; control characters have no other form.
        expect(features(escaped)).toEqual(features(plain))
      }),
      { numRuns: 200 },
    )
  })
})

describe('the estimate against exact counts', () => {
  it.each(measureSamples())('$kind in $family is off by a few per cent', ({ kind, samples, windows }) => {
    expect(samples.length).toBe(2)
    expect(windows.length).toBeGreaterThan(5)
    expect(Math.abs(mean(windows))).toBeLessThan(kind === 'chinese' ? 0.1 : 0.06)
    for (const error of [...samples, ...windows]) expect(Math.abs(error)).toBeLessThan(0.17)
  })

  it('has the error that docs/routing.md states', () => {
    const page = readFileSync('docs/routing.md', 'utf8')
    const cells = measureSamples().map(({ windows }) => {
      const signed = percent(mean(windows))
        .replace(/^-/, '−')
        .replace(/^(?=\d)/, '+')
      return `${signed}, ${percent(quantile(windows, 0.5))}, ${percent(quantile(windows, 1))}`
    })
    for (const [row, name] of ['English', 'Chinese', 'code', 'JSON'].entries())
      expect(page).toContain(`| ${name} | ${cells.slice(row * 4, row * 4 + 4).join(' | ')} |`)
  })

  it('follows the stated ratios of the newer Claude tokenizer to the older', () => {
    expect(ratio(english)).toBeCloseTo(1.42, 1)
    expect(ratio(chinese)).toBeLessThan(1.15)
    const code = readFileSync(new URL('code-rust.txt', SAMPLES), 'utf8')
    expect(ratio(code)).toBeGreaterThan(1.25)
    expect(ratio(code)).toBeLessThan(1.4)
  })

  it('stays close when a long text is sampled', () => {
    for (const text of [english, chinese]) {
      const long = text.repeat(20)
      const whole = estimateText(text, 'openai-o200k') * 20
      expect(Math.abs(estimateText(long, 'openai-o200k') / whole - 1)).toBeLessThan(0.06)
    }
  })

  it('reads the same tokens from one message, many messages and text parts', () => {
    const words = english.slice(0, 20_000)
    const pieces = words.match(/[\s\S]{1,200}/g) ?? []
    const one = messageTokens([{ role: 'user', content: words }])
    const many = messageTokens(pieces.map((content) => ({ role: 'user', content })))
    const parts = messageTokens([{ role: 'user', content: pieces.map((text) => ({ type: 'text', text })) }])
    expect(Math.abs(many / one - 1)).toBeLessThan(0.05)
    expect(Math.abs(parts / one - 1)).toBeLessThan(0.05)
  })
})

describe('what is not text', () => {
  const url = `data:image/png;base64,iVBORw0KGgo${'A'.repeat(400_000)}`

  it('reserves for images, and does not count their data', () => {
    const text = { type: 'text', text: 'What is in these?' }
    const with2 = profileOf([
      text,
      { type: 'image_url', image_url: { url, detail: 'high' } },
      { type: 'image_url', image_url: { url } },
    ])
    const without = profileOf([text])
    const difference = estimatePromptTokens(with2, 'deepseek') - estimatePromptTokens(without, 'deepseek')
    expect(difference).toBe(2_000)
    expect(with2.mostTokens - without.mostTokens).toBe(2 * 16_384)
  })

  it('reserves for audio by its length, and leaves files and videos to the context window', () => {
    const audio = profileOf([
      { type: 'input_audio', input_audio: { data: 'A'.repeat(64_000), format: 'mp3' } },
    ])
    expect(audio.media.expected).toBe(75)
    expect(audio.media.most).toBe(1_600)
    const file = profileOf([
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
    ])
    expect(file.media.most).toBe(Number.POSITIVE_INFINITY)
    expect(promptTokensUpperBound(file, 128_000)).toBe(128_000)
    const video = profileOf([{ type: 'video_url', video_url: { url: 'https://example.com/a.mp4' } }])
    expect(video.media.most).toBe(Number.POSITIVE_INFINITY)
  })

  it('counts tool definitions, tool calls and a JSON schema', () => {
    const tools = [
      {
        type: 'function',
        function: { name: 'search', description: english.slice(0, 2_000), parameters: {} },
      },
    ]
    expect(tokens({ tools }) - tokens({})).toBeGreaterThan(400)
    const call = {
      id: 'c1',
      type: 'function',
      function: { name: 'search', arguments: JSON.stringify({ q: english.slice(0, 2_000) }) },
    }
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c1', content: 'found' },
    ]
    expect(tokens({ messages }) - tokens({})).toBeGreaterThan(400)
    const schema = {
      type: 'json_schema',
      json_schema: { name: 's', schema: { description: english.slice(0, 2_000) } },
    }
    expect(tokens({ response_format: schema }) - tokens({})).toBeGreaterThan(400)
  })
})

describe('the upper bound of prompt tokens', () => {
  it('is at least the bytes of the text, however it is escaped and whatever NFC makes of it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { minLength: 1, maxLength: 4 }),
        (texts) => {
          const contents = texts.map((text) => text.toWellFormed().replaceAll('\0', '.'))
          const request = sampleRequest({ messages: contents.map((content) => ({ role: 'user', content })) })
          const bytes = contents.reduce(
            (sum, text) => sum + Math.max(Buffer.byteLength(text), Buffer.byteLength(text.normalize('NFC'))),
            0,
          )
          expect(promptTokensUpperBound(readTextProfile(request), 128_000)).toBeGreaterThanOrEqual(bytes)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('covers every character that NFC lengthens', () => {
    const uncovered = Array.from({ length: 0x11_0000 }, (_, code) => code)
      .filter((code) => code >= 0x80 && (code < 0xd800 || code > 0xdfff))
      .map((code) => String.fromCodePoint(code))
      .filter((character) => {
        const growth = Buffer.byteLength(character.normalize('NFC')) / Buffer.byteLength(character)
        return growth > 1 && normalizationGrowth(Buffer.from(character)) < growth
      })
    expect(uncovered).toEqual([])
  })

  it('does not loosen for English or Chinese', () => {
    expect(normalizationGrowth(Buffer.from(english))).toBe(1)
    expect(normalizationGrowth(Buffer.from(chinese))).toBe(1)
  })

  it('is above the exact count of every sample in every family, and not absurdly so', () => {
    for (const { text, tokens: exact } of countedTexts()) {
      const request = sampleRequest({ messages: [{ role: 'user', content: text }] })
      const bound = promptTokensUpperBound(readTextProfile(request), 128_000)
      expect(bound).toBeGreaterThan(Math.max(...Object.values(exact)))
      expect(bound).toBeLessThan(7 * Math.min(...Object.values(exact)))
    }
  })
})

describe('correction by reported counts', () => {
  const profile = readTextProfile(sampleRequest({ messages: [{ role: 'user', content: english }] }))
  const estimated = estimatePromptTokens(profile, 'kimi')

  it('moves to what a provider reports, for that family only', () => {
    const correction = createTokenCorrection()
    for (let n = 0; n < 200; n++) correction.observe('kimi', profile, Math.round(estimated * 1.3))
    expect(correction.factor('kimi')).toBeCloseTo(1.3, 1)
    expect(correction.promptTokens('kimi', profile) / estimated).toBeCloseTo(1.3, 1)
    expect(correction.factor('qwen')).toBe(1)
  })

  it('is not thrown off by one outlier, a short prompt, media or a nonsensical report', () => {
    const correction = createTokenCorrection()
    correction.observe('kimi', profile, estimated * 1_000)
    expect(correction.factor('kimi')).toBeLessThanOrEqual(1.3)
    const short = readTextProfile(sampleRequest())
    const image = readTextProfile(
      sampleRequest({
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==' } },
            ],
          },
        ],
      }),
    )
    for (const [given, reported] of [
      [short, 900],
      [image, 90],
      [profile, Number.NaN],
      [profile, 0],
    ] as const) {
      correction.observe('qwen', given, reported)
    }
    expect(correction.factor('qwen')).toBe(1)
  })

  it('never expects more than the upper bound', () => {
    const correction = createTokenCorrection()
    const digits = readTextProfile(
      sampleRequest({ messages: [{ role: 'user', content: '1 '.repeat(3_000) }] }),
    )
    for (let n = 0; n < 300; n++) correction.observe('qwen', digits, 1e6)
    expect(estimatePromptTokens(digits, 'qwen') * correction.factor('qwen')).toBeGreaterThan(
      digits.mostTokens,
    )
    expect(correction.promptTokens('qwen', digits)).toBe(digits.mostTokens)
  })

  it('stays between a half and two and a half', () => {
    const correction = createTokenCorrection()
    for (let n = 0; n < 300; n++) correction.observe('kimi', profile, 1)
    expect(correction.factor('kimi')).toBeCloseTo(0.5, 2)
    for (let n = 0; n < 300; n++) correction.observe('kimi', profile, estimated * 50)
    expect(correction.factor('kimi')).toBeLessThanOrEqual(2.5)
    expect(correction.factor('kimi')).toBeGreaterThan(2.4)
  })
})
