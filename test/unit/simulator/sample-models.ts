// Models for the simulator's own tests, with prices as the vendors printed them in November 2026.

import type { SimulatedModel } from '../../../src/simulator/simulated-model.ts'

const HOUR_MS = 3_600_000

function bracket(input: string, cachedInput: string, output: string, upToTokens: number | null = null) {
  return { upToTokens, input, cachedInput, cacheWrite: input, cacheWriteLong: input, output }
}

export const deepseekFlash: SimulatedModel = {
  id: 'deepseek-flash',
  contextTokens: 1_000_000,
  maxOutputTokens: 384_000,
  images: 'any',
  cache: { mode: 'automatic', minTokens: 64, ttlMs: HOUR_MS, chargesWrites: false },
  sheets: [
    {
      fromMs: null,
      brackets: [bracket('0.15', '0.003', '0.60')],
      peak: {
        utcOffsetMinutes: 480,
        weekdays: [1, 2, 3, 4, 5],
        windows: [
          [9 * 60, 12 * 60],
          [14 * 60, 18 * 60],
        ],
        holidays: ['2026-10-01'],
        workingDays: ['2026-10-10'],
        brackets: [bracket('0.30', '0.006', '1.20')],
      },
    },
  ],
}

export const qwenFlash: SimulatedModel = {
  id: 'qwen3.8-flash',
  contextTokens: 1_000_000,
  maxOutputTokens: 131_072,
  images: 'any',
  cache: { mode: 'automatic', minTokens: 1024, ttlMs: HOUR_MS, chargesWrites: false },
  sheets: [{ fromMs: null, brackets: [bracket('0.15', '0.016', '0.47')], peak: null }],
}

export const kimi: SimulatedModel = {
  id: 'kimi-k3.1-pro',
  contextTokens: 1_000_000,
  maxOutputTokens: 131_072,
  images: 'data',
  cache: { mode: 'automatic', minTokens: 256, ttlMs: HOUR_MS, chargesWrites: false },
  sheets: [{ fromMs: null, brackets: [bracket('2', '0.20', '10')], peak: null }],
}

export const luna: SimulatedModel = {
  id: 'gpt-6-luna',
  contextTokens: 1_050_000,
  maxOutputTokens: 128_000,
  images: 'any',
  cache: { mode: 'automatic', minTokens: 1024, ttlMs: HOUR_MS / 2, chargesWrites: true },
  sheets: [
    {
      fromMs: null,
      brackets: [
        { ...bracket('0.10', '0.01', '0.50', 272_000), cacheWrite: '0.125' },
        { ...bracket('0.20', '0.02', '0.75'), cacheWrite: '0.25' },
      ],
      peak: null,
    },
  ],
}

export const haiku: SimulatedModel = {
  id: 'claude-haiku-5-5',
  contextTokens: 1_000_000,
  maxOutputTokens: 64_000,
  images: 'any',
  cache: { mode: 'marked', minTokens: 512, ttlMs: HOUR_MS / 12, chargesWrites: true },
  sheets: [
    {
      fromMs: null,
      brackets: [
        { ...bracket('0.10', '0.01', '0.50', 100_000), cacheWrite: '0.125', cacheWriteLong: '0.20' },
        { ...bracket('0.50', '0.05', '2.50'), cacheWrite: '0.625', cacheWriteLong: '1' },
      ],
      peak: null,
    },
  ],
}

/** The last of the line that takes a budget, and the last that takes nothing else. */
export const sonnet: SimulatedModel = { ...haiku, id: 'claude-sonnet-4-6' }
export const sonnet45: SimulatedModel = { ...haiku, id: 'claude-sonnet-4-5' }
