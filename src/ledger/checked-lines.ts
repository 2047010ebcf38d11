// Lines that say whether they are whole: a checksum, a space, text. For files that a crash may cut off anywhere.

import { crc32 } from 'node:zlib'

export function checkedLine(text: string): Buffer {
  return Buffer.from(scratchLine(text))
}

/** The same for who writes it at once: it is good until the next call, and stands in memory that each of them uses. */
export function scratchLine(text: string): Buffer {
  const most = text.length * BYTES_PER_UNIT + ROOM + 1
  const line = most <= shared.length ? shared : Buffer.allocUnsafeSlow(most)
  const end = ROOM + line.write(text, ROOM)
  let sum = crc32(line.subarray(ROOM, end))
  for (let at = DIGITS - 1; at >= 0; at--) {
    line[at] = HEX[sum & 0xf] ?? 0
    sum >>>= 4
  }
  line[DIGITS] = SPACE
  line[end] = LINE_FEED
  return line.subarray(0, end + 1)
}

const shared = Buffer.allocUnsafeSlow(64 * 1024)
/** Of UTF-8, at most, for one of UTF-16. */
const BYTES_PER_UNIT = 3
/** Of the checksum, in hexadecimal. */
const DIGITS = 8
/** For the checksum, and the space behind it. */
const ROOM = DIGITS + 1
const HEX = Buffer.from('0123456789abcdef')
const SPACE = 0x20
const LINE_FEED = 0x0a

/** The text of a line without its line feed; null where the checksum does not fit: a crash cut it off, or it is damaged. */
export function readCheckedLine(line: string): string | null {
  const text = line.slice(ROOM)
  return line === `${checksum(text)} ${text}` ? text : null
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(DIGITS, '0')
}
