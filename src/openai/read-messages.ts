// The `messages` of a request: roles, where content stands, and which kinds of parts it has. Text is not looked at.

import { GatewayError } from '../core/errors.ts'
import type { MessageOutline } from './chat-request.ts'
import type { Span } from './json-outline.ts'
import type { JsonScanner } from './json-scanner.ts'

/** Parts found so far, over all messages. */
export interface ContentCounts {
  images: number
  /** Of images and videos, those that somebody has to fetch. */
  imageUrls: number
  videos: number
  audio: number
  files: number
}

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool']
const PART_TYPES = ['text', 'refusal', 'image_url', 'input_audio', 'file', 'video_url']

/** Reads the list the scanner stands before and adds its parts to `counts`. */
export function readMessages(scanner: JsonScanner, counts: ContentCounts): readonly MessageOutline[] {
  if (scanner.peekKind() !== 'array') throw invalid('messages', 'must be a list of messages')
  const messages: MessageOutline[] = []
  scanner.readArray((index) => {
    messages.push(readMessage(scanner, index, counts))
  })
  if (messages.length === 0) throw invalid('messages', 'is empty; send at least one message')
  return messages
}

function readMessage(scanner: JsonScanner, index: number, counts: ContentCounts): MessageOutline {
  const path = `messages[${index}]`
  if (scanner.peekKind() !== 'object') throw invalid(path, 'must be an object with "role" and "content"')
  let role = ''
  let roleSpan: Span | null = null
  let contentSpan: Span | null = null
  let hasArrayContent = false
  scanner.readObject((name) => {
    const start = scanner.offset
    if (name === 'role') {
      if (roleSpan !== null) throw invalid(`${path}.role`, 'is given twice; send it once')
      role = readRole(scanner, path)
      roleSpan = { start, end: scanner.offset }
    } else if (name === 'content') {
      if (contentSpan !== null) throw invalid(`${path}.content`, 'is given twice; send it once')
      const kind = scanner.peekKind()
      hasArrayContent = kind === 'array'
      if (hasArrayContent) readParts(scanner, path, counts)
      else if (kind === 'string' || kind === 'null') scanner.skipValue()
      else throw invalid(`${path}.content`, 'must be a string or a list of content parts')
      contentSpan = kind === 'null' ? null : { start, end: scanner.offset }
    } else {
      scanner.skipValue()
    }
  })
  if (roleSpan === null) throw invalid(`${path}.role`, `is missing; it must be one of ${ROLES.join(', ')}`)
  if (contentSpan === null && role !== 'assistant')
    throw invalid(`${path}.content`, `is missing; a ${role} message needs content`)
  return { role, roleSpan, contentSpan, hasArrayContent }
}

function readRole(scanner: JsonScanner, path: string): string {
  const role = scanner.peekKind() === 'string' ? scanner.readString() : ''
  if (!ROLES.includes(role)) throw invalid(`${path}.role`, `must be one of ${ROLES.join(', ')}`)
  return role
}

function readParts(scanner: JsonScanner, path: string, counts: ContentCounts): void {
  scanner.readArray((index) => {
    const partPath = `${path}.content[${index}]`
    if (scanner.peekKind() !== 'object') throw invalid(partPath, 'must be an object with "type"')
    let type = ''
    let isData = false
    scanner.readObject((name) => {
      if (name === 'type' && scanner.peekKind() === 'string') type = scanner.readString()
      else if (name === 'image_url' || name === 'video_url') isData = readIsDataUrl(scanner)
      else scanner.skipValue()
    })
    if (!PART_TYPES.includes(type))
      throw invalid(`${partPath}.type`, `must be one of ${PART_TYPES.join(', ')}`)
    const isLink = (type === 'image_url' || type === 'video_url') && !isData
    if (isLink) counts.imageUrls++
    else if (type === 'image_url') counts.images++
    if (type === 'video_url') counts.videos++
    else if (type === 'input_audio') counts.audio++
    else if (type === 'file') counts.files++
  })
}

/** Whether the image or video here is given as a data URL. Its value is an object with `url`; a bare string is tolerated. */
function readIsDataUrl(scanner: JsonScanner): boolean {
  let isDataUrl = false
  if (scanner.peekKind() === 'object') {
    scanner.readObject((name) => {
      if (name === 'url' && scanner.peekKind() === 'string') isDataUrl = scanner.stringStartsWith('data:')
      scanner.skipValue()
    })
    return isDataUrl
  }
  if (scanner.peekKind() === 'string') isDataUrl = scanner.stringStartsWith('data:')
  scanner.skipValue()
  return isDataUrl
}

function invalid(param: string, problem: string): GatewayError {
  return new GatewayError('invalid_request', `"${param}" ${problem}.`, { param })
}
