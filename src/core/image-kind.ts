// What kind of image some bytes are, told by how they begin: what a client says of them may be wrong.

const HEX_KINDS: readonly (readonly [RegExp, string])[] = [
  [/^89504e470d0a1a0a/, 'image/png'],
  [/^ffd8ff/, 'image/jpeg'],
  [/^474946383[79]61/, 'image/gif'],
  [/^52494646.{8}57454250/, 'image/webp'],
  [/^424d/, 'image/bmp'],
  [/^(?:49492a00|4d4d002a)/, 'image/tiff'],
  [/^.{8}66747970617669/, 'image/avif'],
  // Many brands, of pictures and of films: those who read them tell them apart.
  [/^.{8}66747970/, 'image/heic'],
]

/** As many bytes as any of them needs. */
const ENOUGH_BYTES = 12
/** Characters of base64 that have them. */
const ENOUGH_BASE64 = 16

/** Names of the kinds, for people. */
export const IMAGE_KINDS = 'PNG, JPEG, GIF, WebP, BMP, TIFF, HEIC, AVIF'

/** The media type; null: no image; undefined: too little to tell. `start`: the data's first characters, in base64. */
export function readImageKind(start: string): string | null | undefined {
  const bytes = Buffer.from(start.slice(0, ENOUGH_BASE64), 'base64')
  const hex = bytes.toString('hex')
  const known = HEX_KINDS.find(([pattern]) => pattern.test(hex))
  if (known !== undefined) return known[1]
  return bytes.length < ENOUGH_BYTES ? undefined : null
}
