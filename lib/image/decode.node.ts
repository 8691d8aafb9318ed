// Decodes a picture's bytes in Node, with sharp. Refuses what is no picture, is damaged, or declares too many pixels, before
// memory is taken for it. Invariants of the result: pixels.ts. Knows nothing of files and of the network.

import type { Metadata, Sharp } from 'sharp'
import { FileError } from '../core/errors.ts'
import { cmykToRgb } from './cmyk.ts'
import { type Format, pictureFormat, READABLE } from './format.ts'
import { greyPalette } from './grey-palette.node.ts'
import { MAX_PIXELS, type Pixels } from './pixels.ts'

export interface DecodeOptions {
  /** The original's reading: palette indices (PNG, GIF), 1-bit as 0 and 1, 16-bit grey as 0..65535. */
  readonly compat: boolean
}

/** A picture about to be decoded. */
interface Source {
  readonly bytes: Uint8Array
  readonly format: Format
  readonly facts: Metadata
  /** sharp, on these bytes or on others in their place. */
  open(bytes?: Uint8Array): Sharp
}

const WHITE = '#ffffff'

/** @throws FileError: no picture, damaged, cut short, or over MAX_PIXELS. `file` is what messages call it. */
export async function decodePicture(bytes: Uint8Array, file: string, { compat }: DecodeOptions): Promise<Pixels> {
  const format = readableFormat(bytes, file)
  const sharp = await openSharp()
  try {
    const facts = await sharp(bytes, { limitInputPixels: false }).metadata()
    checkSize(facts, file)
    checkBomb(facts, bytes, file)
    const options = { failOn: 'warning', limitInputPixels: MAX_PIXELS, ignoreIcc: true, sequentialRead: true } as const
    const source = { bytes, format, facts, open: (other = bytes) => sharp(other, options) }
    return await (compat ? asOriginal(source) : inColours(source))
  } catch (error) {
    throw error instanceof FileError ? error : damaged(file, format, error)
  }
}

/** Loaded with the first picture: it takes a tenth of a second. It keeps no results: every picture is read once. */
async function openSharp() {
  const { default: sharp } = await import('sharp')
  sharp.cache(false)
  return sharp
}

function readableFormat(bytes: Uint8Array, file: string): Format {
  const format = pictureFormat(bytes)
  if (format === 'heic') throw new FileError('is HEIC, which is not read here', { file, cure: 'export it as JPEG' })
  if (format !== undefined) return format
  const problem = bytes.length === 0 ? 'is empty' : 'is no picture of a known kind'
  throw new FileError(problem, { file, cure: `give a ${READABLE} picture` })
}

function checkSize({ width, height }: Metadata, file: string): void {
  if (width * height <= MAX_PIXELS) return
  const cure = `make it smaller: ${MAX_PIXELS.toLocaleString('en')} pixels is the most, 256 × 256 is enough`
  throw new FileError(`declares ${width} × ${height} pixels`, { file, cure })
}

/** More memory than this must be worth it: no picture that people have shrinks to so little. */
const CHEAP_BYTES = 2 ** 27
const MOST_SHRINKING = 200

function checkBomb({ width, height, channels, depth }: Metadata, bytes: Uint8Array, file: string): void {
  const size = width * height * channels * (depth === 'ushort' ? 2 : 1)
  if (size <= CHEAP_BYTES || size <= MOST_SHRINKING * bytes.length) return
  const problem = `declares ${width} × ${height} pixels in ${bytes.length} bytes, as only traps do`
  throw new FileError(problem, { file, cure: 'make it smaller: 256 × 256 pixels is enough' })
}

function damaged(file: string, format: Format, cause: unknown): FileError {
  const lines = (cause instanceof Error ? cause.message : String(cause)).split('\n')
  const why = lines.find(line => line !== '' && !line.startsWith('source: bad seek')) ?? 'no reason is told'
  const problem = `cannot be read as ${format.toUpperCase()}, it is damaged, cut short or of a rare kind (${why})`
  return new FileError(problem, { file, cure: 'take another copy, or save it anew from a picture viewer' }, { cause })
}

async function inColours({ facts, open }: Source): Promise<Pixels> {
  if (facts.space === 'cmyk') return readInks(open())
  const picture = facts.hasAlpha ? open().flatten({ background: WHITE }) : open()
  return readAs(facts, picture)
}

async function asOriginal(source: Source): Promise<Pixels> {
  const { bytes, format, facts, open } = source
  if (facts.isPalette) {
    if (format !== 'png' && format !== 'gif') return inColours(source)
    return read(open(greyPalette(bytes, format)).removeAlpha().extractChannel(0), 'b-w')
  }
  const opaque = !facts.hasAlpha || isKeyed(source)
  if (facts.space === 'grey16' && opaque) return readWords(open().removeAlpha())
  if (facts.bitsPerSample === 1 && opaque) {
    const pixels = await read(open().removeAlpha(), 'b-w')
    return { ...pixels, data: pixels.data.map(value => value / 255) }
  }
  return opaque && facts.hasAlpha ? readAs(facts, open().removeAlpha()) : inColours(source)
}

/** Whether a PNG has no alpha channel and only names one colour as transparent, which the original overlooked. */
const isKeyed = ({ bytes, format }: Source): boolean => format === 'png' && (bytes[25] === 0 || bytes[25] === 2)

async function readAs({ space }: Metadata, picture: Sharp): Promise<Pixels> {
  if (space !== 'grey16') return read(picture, space === 'b-w' ? 'b-w' : 'srgb')
  // sharp's own way to 8 bits of grey goes through linear light, and rounds there.
  const words = await readWords(picture)
  return { ...words, data: Uint8Array.from(words.data, value => value >> 8) }
}

async function read(picture: Sharp, space: 'b-w' | 'srgb'): Promise<Pixels> {
  const raw = picture.toColourspace(space).raw({ depth: 'uchar' })
  const { data, info } = await raw.toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  if (channels !== 1 && channels !== 3) throw new Error(`${channels} channels`)
  return { width, height, channels, data }
}

async function readWords(picture: Sharp): Promise<Pixels> {
  const raw = picture.toColourspace('grey16').raw({ depth: 'ushort' })
  const { data, info } = await raw.toBuffer({ resolveWithObject: true })
  const { width, height } = info
  return { width, height, channels: 1, data: new Uint16Array(data.buffer, data.byteOffset, data.length / 2) }
}

async function readInks(picture: Sharp): Promise<Pixels> {
  const raw = picture.pipelineColourspace('cmyk').toColourspace('cmyk').removeAlpha().raw({ depth: 'uchar' })
  const { data, info } = await raw.toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, channels: 3, data: cmykToRgb(data) }
}
