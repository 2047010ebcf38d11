// Virtual keys: how they are made, recognised in a header, and hashed. Only the hash is ever stored.

import { hash } from 'node:crypto'
import { remember } from './remember.ts'

/** Bytes from a cryptographically secure source. */
export type RandomBytes = (size: number) => Uint8Array

const API_KEY_PREFIX = 'fth_'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 238 bits: nobody guesses one, so a plain SHA-256 is a sufficient hash for it. */
const SECRET_LENGTH = 40
const ID_LENGTH = 16
/** Printable ASCII only, at most 200 characters: everything else is refused before it costs a hash. */
const BEARER = /^bearer +(fth_[\x21-\x7e]{1,196})$/i
const PREFIXED = /^bearer +fth_/i

export function createApiKey(random: RandomBytes): string {
  return API_KEY_PREFIX + randomText(random, SECRET_LENGTH)
}

export function createKeyId(random: RandomBytes): string {
  return `key_${randomText(random, ID_LENGTH)}`
}

/** Hex SHA-256 of the key. */
export function hashApiKey(apiKey: string): string {
  return hash('sha256', apiKey, 'hex')
}

/** A key as it was sent. */
export interface SentKey {
  readonly apiKey: string
  readonly hash: string
}

/** The key of an `Authorization` header; null where there is none that could be one of ours. */
export function readApiKey(authorization: string | undefined): string | null {
  return authorization === undefined ? null : (BEARER.exec(authorization)?.[1] ?? null)
}

/**
 * Reads headers, and remembers the hashes of the last ones: a client sends the same one every time, and the hash is the
 * dearest part of letting it in. Nothing is let in by it: good keys and others are remembered alike.
 */
export function createKeyReader(
  maxRemembered: number,
): (authorization: string | undefined) => SentKey | null {
  const remembered = new Map<string, SentKey>()
  return (authorization) => {
    const known = authorization === undefined ? undefined : remembered.get(authorization)
    if (known !== undefined) return known
    const apiKey = readApiKey(authorization)
    if (apiKey === null || authorization === undefined) return null
    const sent = { apiKey, hash: hashApiKey(apiKey) }
    remember(remembered, authorization, sent, maxRemembered)
    return sent
  }
}

/** Whether the header means to carry one of our keys, well-formed or not. */
export function looksLikeApiKey(authorization: string | undefined): boolean {
  return authorization !== undefined && PREFIXED.test(authorization)
}

function randomText(random: RandomBytes, length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of random(length)) {
      // 248 = 4 × 62: bytes above it would make the first letters likelier than the rest.
      if (byte < 248 && text.length < length) text += ALPHABET.charAt(byte % ALPHABET.length)
    }
  }
  return text
}
