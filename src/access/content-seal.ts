// Content that is kept between two requests is sealed with a key made from the caller's own API key, of which only the hash
// is stored: whoever reads the store, or a copy of it, reads nothing.

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import type { ContentSeal } from '../core/caller.ts'

const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16

export function createContentSeal(apiKey: string): ContentSeal {
  const derived = Buffer.from(hkdfSync('sha256', apiKey, '', 'farthing kept content', 2 * KEY_BYTES))
  const nameKey = derived.subarray(0, KEY_BYTES)
  const contentKey = derived.subarray(KEY_BYTES)
  return {
    name: (text) => createHmac('sha256', nameKey).update(text).digest('base64url'),
    seal(name, content) {
      const iv = randomBytes(IV_BYTES)
      // The name belongs to it: what is sealed cannot be put in the place of something else.
      const cipher = createCipheriv(CIPHER, contentKey, iv).setAAD(Buffer.from(name))
      const sealed = Buffer.concat([cipher.update(content), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), sealed])
    },
    open(name, sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
      if (bytes.length < IV_BYTES + TAG_BYTES) return null
      const decipher = createDecipheriv(CIPHER, contentKey, bytes.subarray(0, IV_BYTES))
        .setAAD(Buffer.from(name))
        .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()])
      } catch {
        return null
      }
    },
  }
}
