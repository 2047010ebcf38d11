// Where sensitive text stands, by its form. Every expression is bounded, so that no text takes long.

import type { Redaction } from '../core/sampled-content.ts'
import { passesIbanCheck, passesLuhn } from './check-digits.ts'

export interface Found {
  readonly start: number
  readonly end: number
  /** What stands in its place. */
  readonly label: string
}

export type Detector = (text: string) => Iterable<Found>

/** API keys of this gateway, of the providers and of others; tokens, private keys, and what is said to be a password. */
const KEYS: readonly RegExp[] = [
  /\bfth_[A-Za-z0-9_-]{8,}/g,
  /\bsk-[A-Za-z0-9_-]{16,}/g,
  /\b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,}/g,
  /\b(?:gh[pousr]|github_pat|glpat|hf|npm)[_-][A-Za-z0-9_-]{16,}/g,
  /\bxox[a-z]-[A-Za-z0-9-]{10,}/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
  /\b(?:bearer|basic)\s{1,5}[A-Za-z0-9._~+/-]{8,}={0,2}/gi,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
  /\b(?:api[_-]?key|secret|token|password|passwd|pwd)["']?\s{0,5}[:=]\s{0,5}["']?[^\s"',;]{6,}/gi,
]
const EMAIL = /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu
const PHONE = /(?<![\p{L}\p{N}_.-])[+(]?\d[\d ()/.\u00a0-]{5,28}\d(?![\p{L}\p{N}_])/gu
const OTHER_NUMBER = /^(?:\d+\.\d+$|\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.\d{4}|\d{1,3}(?:\.\d{1,3}){3}$)/
/** With at most one sign between two of them. */
const DIGITS = /(?<!\d)\d(?:[ \u00a0-]?\d){12,}/g
const LETTERS_AND_DIGITS = /\b[A-Z]{2}\d{2}(?:[ \u00a0-]?[A-Z0-9]){11,}/gi
const CARD = { least: 13, most: 19, isOne: (digits: string) => /^[2-6]/.test(digits) && passesLuhn(digits) }
const IBAN = {
  least: 15,
  most: 34,
  isOne: (signs: string) => /^[A-Z]{2}\d{2}/i.test(signs) && passesIbanCheck(signs.toUpperCase()),
}

export function* findKeys(text: string): Iterable<Found> {
  for (const pattern of KEYS) yield* matching(pattern, '[key]')(text)
}

export const DETECTORS: Readonly<Record<Redaction, Detector>> = {
  email: matching(EMAIL, '[email]'),
  phone: findPhones,
  card: numbers(DIGITS, CARD, '[card]'),
  iban: numbers(LETTERS_AND_DIGITS, IBAN, '[iban]'),
}

export function matching(pattern: RegExp, label: string): Detector {
  return function* find(text) {
    for (const { index, 0: match } of text.matchAll(pattern))
      yield { start: index, end: index + match.length, label }
  }
}

/** Seven to fifteen digits (E.164) that are written as a number to call: with a code, or in groups. */
function* findPhones(text: string): Iterable<Found> {
  for (const { index, 0: match } of text.matchAll(PHONE)) {
    const digits = match.replace(/\D/g, '')
    if (digits.length < 7 || digits.length > 15 || OTHER_NUMBER.test(match)) continue
    if (/^(?:\+|0|\()/.test(match) || /\d[ ()/.\u00a0-]+\d/.test(match))
      yield { start: index, end: index + match.length, label: '[phone]' }
  }
}

interface NumberKind {
  readonly least: number
  readonly most: number
  /** Of its letters and digits alone. */
  readonly isOne: (signs: string) => boolean
}

/** A number begins and ends where a group of signs does: in a long row of them it is looked for at each. */
function numbers(row: RegExp, kind: NumberKind, label: string): Detector {
  return function* find(text) {
    for (const { index, 0: match } of text.matchAll(row)) {
      for (const { index: from } of match.matchAll(/(?<![A-Za-z0-9])[A-Za-z0-9]/g)) {
        const length = lengthOf(match.slice(from), kind)
        if (length > 0) yield { start: index + from, end: index + from + length, label }
      }
    }
  }
}

/** How much of the text is one number, from its beginning to the end of some group; 0 where none is. The longest wins. */
function lengthOf(text: string, { least, most, isOne }: NumberKind): number {
  let signs = ''
  let length = 0
  for (let at = 0; at < text.length && signs.length < most; at++) {
    const sign = text[at] ?? ''
    if (!/[A-Za-z0-9]/.test(sign)) continue
    signs += sign
    const isEnd = at + 1 === text.length || !/[A-Za-z0-9]/.test(text[at + 1] ?? '')
    if (isEnd && signs.length >= least && isOne(signs)) length = at + 1
  }
  return length
}
