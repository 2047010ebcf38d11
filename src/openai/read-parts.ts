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
    let type = ''
    let link: Link = NO_LINK
    let isUpload = false
    scanner.readObject((name) => {
      if (name === 'type' && scanner.peekKind() === 'string') type = scanner.readString()
      else if (name === 'image_url') link = readLink(scanner, (start) => checkImage(start, partPath))
      else if (name === 'video_url') link = readLink(scanner)
      else if (name === 'file') isUpload = readIsUpload(scanner)
      else {
        hasCacheMark ||= name === 'cache_control'
        scanner.skipValue()
      }
    })
    if (!PART_TYPES.includes(type))
      throw invalidField(`${partPath}.type`, `must be one of ${PART_TYPES.join(', ')}`)
    types.add(type)
    addPart(facts, type, { link, isUpload })
  })
  return { types, hasCacheMark }
}

/** Where an image or video is. */
interface Link {
  readonly isData: boolean
  readonly length: number
}

const NO_LINK: Link = { isData: false, length: 0 }

function addPart(
  facts: ContentFacts,
  type: string,
  { link, isUpload }: { link: Link; isUpload: boolean },
): void {
  if (type === 'image_url' || type === 'video_url') {
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

/** The value of `image_url` or `video_url`: an object with `url`; a bare string is tolerated. */
function readLink(scanner: JsonScanner, checkData?: (start: string) => void): Link {
  let link = NO_LINK
  const readUrl = (): void => {
    const isUrl = scanner.peekKind() === 'string'
    const start = scanner.offset
    const isData = isUrl && scanner.stringStartsWith('data:')
    if (isData) checkData?.(scanner.stringStart(LONGEST_START))
    scanner.skipValue()
    if (isUrl) link = { isData, length: scanner.offset - start - 2 }
  }
  if (scanner.peekKind() === 'object')
    scanner.readObject((name) => {
      if (name === 'url') readUrl()
      else scanner.skipValue()
    })
  else readUrl()
  return link
}

/** Of a data URL: its media type with parameters, and enough of the data. */
const LONGEST_START = 256

/** Every provider refuses what is no image, in words that say less. */
function checkImage(start: string, path: string): void {
  const [, data] = start.split(/;base64,/i)
  if (data === undefined)
    throw invalidField(`${path}.image_url.url`, 'must have its data in base64: "data:image/png;base64,..."')
  if (readImageKind(data) !== null) return
  throw invalidField(
    `${path}.image_url.url`,
    `is no image, whatever it says: its data begins like none of ${IMAGE_KINDS}`,
  )
}

function readIsUpload(scanner: JsonScanner): boolean {
  let isUpload = false
  if (scanner.peekKind() !== 'object') {
    scanner.skipValue()
    return false
  }
  scanner.readObject((name) => {
    isUpload ||= name === 'file_id' && scanner.peekKind() === 'string'
    scanner.skipValue()
  })
  return isUpload
}
