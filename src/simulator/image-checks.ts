// What real endpoints find wrong with an image that is given as data, by its first bytes. Wording: OpenAI's and Alibaba's error
// pages, users' reports of Anthropic's (vybestack/llxprt-code 2130).

const STARTS: readonly (readonly [string, RegExp])[] = [
  ['image/png', /^\x89PNG/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
]

/** Of data that is long enough to tell; null where it is none of those. */
export function imageTypeOf(data: string): string | null | undefined {
  const start = Buffer.from(data.slice(0, 40), 'base64').toString('latin1')
  if (start.length < 12) return undefined
  return STARTS.find(([, pattern]) => pattern.test(start))?.[0] ?? null
}

/** The complaint about one block of Claude's; null where there is none. */
export function claudeImageComplaint(told: string, data: string): string | null {
  if (!STARTS.some(([type]) => type === told))
    return "source.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'"
  const found = imageTypeOf(data)
  if (found === null) return 'source.base64.data: Could not process image'
  return found === undefined || found === told
    ? null
    : `source.base64: The image was specified using the ${told} media type, but the image appears to be a ${found} image`
}
