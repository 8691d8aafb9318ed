// Decodes a picture's bytes in Node, with sharp. Invariant: pixels.ts, "a decoded picture". Refuses what is no picture, is
// damaged, or declares more pixels than fit, before memory is taken for it. Knows nothing of the network.

import sharp, { type Metadata, type Sharp } from 'sharp'
import { FileError } from '../core/errors.ts'
import { FORMATS, type Format, pictureFormat } from './format.ts'
import { greyPalette } from './grey-palette.node.ts'
import { MAX_PIXELS, type Pixels } from './pixels.ts'

export interface DecodeOptions {
  /** The original's reading: palette indices, 1-bit as 0 and 1, 16-bit grey as 0..65535. */
  readonly compat: boolean
}

const WHITE = '#ffffff'

/** Pictures come one at a time and are read once: kept results would only hold memory. */
sharp.cache(false)

/** @throws FileError: no picture, damaged, cut short, or over MAX_PIXELS. `name` is what messages call it. */
export async function decodePicture(bytes: Uint8Array, name: string, { compat }: DecodeOptions): Promise<Pixels> {
  const format = pictureFormat(bytes)
  if (format === undefined) throw notAPicture(bytes, name)
  const damaged = (cause: unknown) => {
    const why = cause instanceof Error ? cause.message.replace(/\s+/g, ' ').trim() : String(cause)
    const cure = 'save it again with another program, or take another copy'
    return new FileError(
      `cannot be read as ${format.toUpperCase()}, it is damaged or cut short (${why})`,
      { file: name, cure },
      { cause },
    )
  }
  try {
    const facts = await sharp(bytes, { limitInputPixels: false }).metadata()
    checkSize(facts, name)
    return await (compat ? asOriginal(bytes, format, facts) : inColours(bytes, facts))
  } catch (error) {
    throw error instanceof FileError ? error : damaged(error)
  }
}

function notAPicture(bytes: Uint8Array, file: string): FileError {
  const problem = bytes.length === 0 ? 'is empty' : 'is no picture of a known kind'
  return new FileError(problem, { file, cure: `give a ${FORMATS} picture` })
}

function checkSize({ width, height }: Metadata, file: string): void {
  if (width * height <= MAX_PIXELS) return
  const cure = `make it smaller; ${MAX_PIXELS.toLocaleString('en')} pixels is the most, 256 × 256 is enough`
  throw new FileError(`declares ${width} × ${height} pixels`, { file, cure })
}

const isGrey = ({ space }: Metadata): boolean => space === 'b-w' || space === 'grey16'

/** Colour profiles are ignored, as Pillow does, but for CMYK, which has no RGB values without one. */
const open = (bytes: Uint8Array, { space }: Metadata): Sharp =>
  sharp(bytes, { limitInputPixels: MAX_PIXELS, ignoreIcc: space !== 'cmyk', sequentialRead: true })

async function inColours(bytes: Uint8Array, facts: Metadata): Promise<Pixels> {
  const picture = open(bytes, facts)
  if (facts.hasAlpha) picture.flatten({ background: WHITE })
  return bytePixels(picture, facts)
}

async function asOriginal(bytes: Uint8Array, format: Format, facts: Metadata): Promise<Pixels> {
  if (facts.isPalette && (format === 'png' || format === 'gif')) {
    const indices = sharp(greyPalette(bytes, format), { limitInputPixels: MAX_PIXELS, sequentialRead: true })
    return bytePixels(indices.removeAlpha().extractChannel(0), { ...facts, space: 'b-w' })
  }
  const picture = open(bytes, facts)
  // The colour that a PNG of type 0 or 2 declares transparent: the original overlooked it.
  const keyed = format === 'png' && (bytes[25] === 0 || bytes[25] === 2)
  if (keyed) picture.removeAlpha()
  else if (facts.hasAlpha) picture.flatten({ background: WHITE })
  if (facts.space === 'grey16' && (keyed || !facts.hasAlpha)) return wordPixels(picture)
  const pixels = await bytePixels(picture, facts)
  return facts.bitsPerSample === 1 ? { ...pixels, data: pixels.data.map(value => value / 255) } : pixels
}

async function bytePixels(picture: Sharp, facts: Metadata): Promise<Pixels> {
  const { data, info } = await picture
    .toColourspace(isGrey(facts) ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, channels: oneOrThree(info.channels), data }
}

async function wordPixels(picture: Sharp): Promise<Pixels> {
  const { data, info } = await picture
    .toColourspace('grey16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true })
  const { width, height } = info
  return {
    width,
    height,
    channels: oneOrThree(info.channels),
    data: new Uint16Array(data.buffer, data.byteOffset, data.length / 2),
  }
}

function oneOrThree(channels: number): 1 | 3 {
  if (channels !== 1 && channels !== 3) throw new Error(`${channels} channels`)
  return channels
}
