// Lines that say whether they are whole: a checksum, a space, text. For files that a crash may cut off anywhere.

import { crc32 } from 'node:zlib'

export function checkedLine(text: string): Buffer {
  const line = Buffer.from(`${ROOM}${text}\n`)
  line.write(checksum(line.subarray(ROOM.length, -1)), 'latin1')
  return line
}

/** For the checksum, and the space behind it. */
const ROOM = ' '.repeat(9)

/** The text of a line without its line feed; null where the checksum does not fit: a crash cut it off, or it is damaged. */
export function readCheckedLine(line: string): string | null {
  const text = line.slice(9)
  return line === `${checksum(text)} ${text}` ? text : null
}

function checksum(text: string | Uint8Array): string {
  return crc32(text).toString(16).padStart(8, '0')
}
