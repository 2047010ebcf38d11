// The content parts of one message: of which types they are, and what bounds their media.

import { IMAGE_KINDS, readImageKind } from '../core/image-kind.ts'
import { invalidField } from './invalid-field.ts'
import type { JsonScanner } from './json-scanner.ts'

/** Parts found so far, over all messages. */
export interface ContentFacts {
  images: number
  /** Of images and videos, those that somebody has to fetch. */
  imageUrls: number
  videos: number
  audio: number
  files: number
  fileIds: number
  /** Characters of the longest image URL, and of the largest image's data URL. */
  longestImageUrl: number
  largestImage: number
}

export function noContent(): ContentFacts {
  return {
    images: 0,
    imageUrls: 0,
    videos: 0,
    audio: 0,
    files: 0,
    fileIds: 0,
    longestImageUrl: 0,
    largestImage: 0,
  }
}

export interface PartsOutline {
  readonly types: ReadonlySet<string>
  readonly hasCacheMark: boolean
}

const PART_TYPES = ['text', 'refusal', 'image_url', 'input_audio', 'file', 'video_url']

/** Reads the list the scanner stands before and adds its parts to `facts`. */
export function readParts(scanner: JsonScanner, path: string, facts: ContentFacts): PartsOutline {
  const types = new Set<string>()
  let hasCacheMark = false
  scanner.readArray((index) => {
    const partPath = `${path}.content[${index}]`
    if (scanner.peekKind() !== 'object') throw invalidField(partPath, 'must be an object with "type"')
    const part = readPart(scanner, partPath)
    types.add(part.type)
    hasCacheMark ||= part.hasCacheMark
    addPart(facts, part)
  })
  return { types, hasCacheMark }
}

interface Part {
  type: string
  hasCacheMark: boolean
  /** Members of the right kind under the name of a type: what such a part has to say. */
  readonly said: string[]
  link: Link | null
  isUpload: boolean
}

function readPart(scanner: JsonScanner, path: string): Part {
  const part: Part = { type: '', hasCacheMark: false, said: [], link: null, isUpload: false }
  scanner.readObject((name) => readMember(scanner, name, { part, path }))
  const { type, said } = part
  if (!PART_TYPES.includes(type))
    throw invalidField(`${path}.type`, `must be one of ${PART_TYPES.join(', ')}`)
  // Every provider refuses a part that says nothing; Claude's translator would leave it out.
  if (!said.includes(type)) throw invalidField(`${path}.${type}`, `is missing or no ${WANTED[type]}`)
  return part
}

const WANTED: Readonly<Record<string, string>> = {
  text: 'string',
  refusal: 'string',
  image_url: 'object with a "url" that is a string',
  video_url: 'object with a "url" that is a string',
  input_audio: 'object with "data" and "format"',
  file: 'object with "file_data" or "file_id"',
}

function readMember(
  scanner: JsonScanner,
  name: string,
  { part, path }: { readonly part: Part; readonly path: string },
): void {
  const kind = scanner.peekKind()
  switch (name) {
    case 'type':
      if (kind === 'string') part.type = scanner.readString()
      else scanner.skipValue()
      return
    case 'text':
    case 'refusal':
      if (kind === 'string') part.said.push(name)
      return scanner.skipValue()
    case 'image_url':
    case 'video_url': {
      const link = readLink(scanner, `${path}.${name}`)
      if (link === null) return
      part.said.push(name)
      part.link = link
      return
    }
    case 'input_audio':
      if (stringMembers(scanner).has('data')) part.said.push(name)
      return
    case 'file': {
      const given = stringMembers(scanner)
      part.isUpload = given.has('file_id')
      if (part.isUpload || given.has('file_data')) part.said.push(name)
      return
    }
    default:
      part.hasCacheMark ||= name === 'cache_control'
      scanner.skipValue()
  }
}

/** Where an image or video is. */
interface Link {
  readonly isData: boolean
  readonly length: number
}

function addPart(facts: ContentFacts, { type, link, isUpload }: Part): void {
  if (link !== null && (type === 'image_url' || type === 'video_url')) {
    if (!link.isData) facts.imageUrls++
    else if (type === 'image_url') facts.images++
    if (!link.isData) facts.longestImageUrl = Math.max(facts.longestImageUrl, link.length)
    else if (type === 'image_url') facts.largestImage = Math.max(facts.largestImage, link.length)
  }
  if (type === 'video_url') facts.videos++
  else if (type === 'input_audio') facts.audio++
  else if (type === 'file' && isUpload) facts.fileIds++
  else if (type === 'file') facts.files++
}

/** The value of `image_url` or `video_url`; null where it is no object with a `url` that is a string. */
function readLink(scanner: JsonScanner, path: string): Link | null {
  let link: Link | null = null
  if (scanner.peekKind() !== 'object') {
    scanner.skipValue()
    return null
  }
  scanner.readObject((name) => {
    const isUrl = name === 'url' && scanner.peekKind() === 'string'
    const start = scanner.offset
    if (isUrl) checkUrl(scanner.stringStart(LONGEST_START), path)
    const isData = isUrl && scanner.stringStartsWith('data:')
    scanner.skipValue()
    if (isUrl) link = { isData, length: scanner.offset - start - 2 }
  })
  return link
}

/** Names of members that are strings, of the object here. */
function stringMembers(scanner: JsonScanner): ReadonlySet<string> {
  const names = new Set<string>()
  if (scanner.peekKind() !== 'object') {
    scanner.skipValue()
    return names
  }
  scanner.readObject((name) => {
    if (scanner.peekKind() === 'string') names.add(name)
    scanner.skipValue()
  })
  return names
}

/** Of a data URL: its media type with parameters, and enough of the data. */
const LONGEST_START = 256

/** Whoever fetches it: a provider, and on a server of the operator's own a file or an inner address could be asked for. */
function checkUrl(start: string, path: string): void {
  if (start.startsWith('data:')) {
    if (path.endsWith('image_url')) checkImage(start, path)
    return
  }
  if (!/^https?:\/\/[^/]/i.test(start))
    throw invalidField(`${path}.url`, 'must begin with "https://", "http://" or "data:"')
}

/** Every provider refuses what is no image, in words that say less. */
function checkImage(start: string, path: string): void {
  const [, data] = start.split(/;base64,/i)
  if (data === undefined)
    throw invalidField(`${path}.url`, 'must have its data in base64: "data:image/png;base64,..."')
  if (readImageKind(data) !== null) return
  throw invalidField(
    `${path}.url`,
    `is no image, whatever it says: its data begins like none of ${IMAGE_KINDS}`,
  )
}
