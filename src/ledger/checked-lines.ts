// Lines that say whether they are whole: a checksum, a space, text. For files that a crash may cut off anywhere.

import { crc32 } from 'node:zlib'

export function checkedLine(text: string): string {
  return `${checksum(text)} ${text}\n`
}

/** The text of a line without its line feed; null where the checksum does not fit: a crash cut it off, or it is damaged. */
export function readCheckedLine(line: string): string | null {
  const text = line.slice(9)
  return line === `${checksum(text)} ${text}` ? text : null
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}
