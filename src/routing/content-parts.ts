// The content parts of one message: where their text stands, and what their images, audio and files will cost in
// tokens. Works on JSON that has been checked; it only looks for strings.

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/** Start and end offsets, in pairs, of stretches of JSON string content. */
export type SpanList = number[]

export interface MediaTokens {
  /** What the parts are expected to count as. */
  expected: number
  /** What they cannot exceed; Infinity where nothing bounds it but the model's context. */
  most: number
}

// Reserves, set from what vendors document. An image is 85 to some 1,600 tokens at the usual detail, and at most 16,384
// where a provider takes it at full resolution (Qwen-VL's largest). Audio is 10 to 25 tokens a second, and speech is
// coded at 6 kbit/s or more. How much text a compressed file holds, and how long a video is, cannot be told from its size.
const IMAGE: MediaTokens = { expected: 1_000, most: 16_384 }
const VIDEO: MediaTokens = { expected: 8_000, most: Number.POSITIVE_INFINITY }
const FILE_LEAST_TOKENS = 1_500
const FILE_BYTES_PER_TOKEN = 50
const AUDIO_BYTES_PER_TOKEN = 640
const AUDIO_LEAST_BYTES_PER_TOKEN = 30
const BASE64_SHARE = 0.75

/** Adds the text of the list of parts in `raw[start, end)` to `spans`, its media to `media`. */
export function readParts(
  raw: Buffer,
  list: { start: number; end: number },
  found: { spans: SpanList; media: MediaTokens },
): void {
  const { spans, media } = found
  let key = ''
  let container = ''
  let at = raw.indexOf(QUOTE, list.start)
  while (at !== -1 && at < list.end) {
    const start = at + 1
    const end = stringEnd(raw, start)
    const next = skipSpace(raw, end + 1)
    if (raw[next] === COLON) {
      key = end - start > 20 ? '' : raw.toString('latin1', start, end)
      if (key === 'video_url') container = key
      else if (key === 'image_url' || key === 'input_audio' || key === 'file') container = ''
    } else if (key === 'text' || key === 'refusal') {
      spans.push(start, end)
    } else {
      addMedia(media, container === 'video_url' ? 'video_url' : key, end - start)
    }
    at = raw.indexOf(QUOTE, next)
  }
}

function addMedia(media: MediaTokens, key: string, length: number): void {
  if (key === 'url' || key === 'image_url') {
    media.expected += IMAGE.expected
    media.most += IMAGE.most
  } else if (key === 'video_url') {
    media.expected += VIDEO.expected
    media.most += VIDEO.most
  } else if (key === 'data') {
    const bytes = length * BASE64_SHARE
    media.expected += Math.ceil(bytes / AUDIO_BYTES_PER_TOKEN)
    media.most += Math.ceil(bytes / AUDIO_LEAST_BYTES_PER_TOKEN)
  } else if (key === 'file_data' || key === 'file_id') {
    media.expected += Math.max(FILE_LEAST_TOKENS, Math.ceil((length * BASE64_SHARE) / FILE_BYTES_PER_TOKEN))
    media.most = Number.POSITIVE_INFINITY
  }
}

/** The closing quote of the string whose content starts at `start`. Megabytes of base64 go by at memchr's speed. */
function stringEnd(raw: Buffer, start: number): number {
  let end = raw.indexOf(QUOTE, start)
  for (; end !== -1; end = raw.indexOf(QUOTE, end + 1)) {
    let backslashes = 0
    while (raw[end - 1 - backslashes] === BACKSLASH && end - 1 - backslashes >= start) backslashes++
    if (backslashes % 2 === 0) return end
  }
  return raw.length
}

function skipSpace(raw: Buffer, start: number): number {
  let at = start
  for (
    let byte = raw[at];
    byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
    byte = raw[++at]
  );
  return at
}
