// Kinds of pictures: what is read how, with and without compat, and what is refused in which words. Pictures that the
// recorded ones lack are written here.

import { readFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FileError } from '../../lib/core/errors.ts'
import { Random } from '../../lib/core/random.ts'
import { decodePicture } from '../../lib/image/decode.node.ts'
import { loadPicture } from '../../lib/image/load.node.ts'
import { MAX_PIXELS, type Pixels } from '../../lib/image/pixels.ts'
import { bad, golden, mean, worst } from './recorded.ts'

const COLOURS = { compat: false }
const ORIGINAL = { compat: true }
const decode = (bytes: Uint8Array, options = COLOURS) => decodePicture(bytes, 'x', options)

/** A drawn picture's pixels, to be saved in many ways. */
const drawn = sharp(golden('images/harbour.png'))
const pixelsOfDrawn = await decode(readFileSync(golden('images/harbour.png')))
const SIZE = { width: 400, height: 267 }

const bytesIn = (text: string): Buffer => Buffer.from(text, 'latin1')

async function refusal(promise: Promise<unknown>): Promise<FileError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.instance(error, FileError)
  return error as FileError
}

test('colours are the file’s own, in every format', async () => {
  const profiled = drawn.clone().withIccProfile('p3')
  for (const saved of [
    drawn.clone().png(),
    drawn.clone().png({ progressive: true }),
    drawn.clone().webp({ lossless: true }),
    drawn.clone().tiff({ compression: 'lzw' }),
    drawn.clone().ensureAlpha().png(),
    drawn.clone().avif({ lossless: true, chromaSubsampling: '4:4:4' }),
  ]) {
    const bytes = await saved.toBuffer()
    const { data, ...rest } = await decode(bytes)
    assert.equal(rest, { ...SIZE, channels: 3 })
    assert.ok(worst(data, pixelsOfDrawn.data) <= 1, bytes.toString('latin1', 0, 16))
  }
  const { data: raw } = await sharp(await profiled.png().toBuffer(), { ignoreIcc: true })
    .raw()
    .toBuffer({ resolveWithObject: true })
  const { data } = await decode(await profiled.png().toBuffer())
  assert.is(worst(data, raw), 0)
  assert.ok(worst(data, pixelsOfDrawn.data) > 3, 'the profile changes values')
})

test('EXIF orientation is ignored', async () => {
  const turned = await drawn.clone().withMetadata({ orientation: 6 }).png().toBuffer()
  assert.is((await sharp(turned).metadata()).orientation, 6)
  assert.equal((await decode(turned)).data, pixelsOfDrawn.data)
})

test('transparency is blended on white', async () => {
  const colours = Buffer.from([200, 100, 0, 255, 200, 100, 0, 0, 200, 100, 0, 51])
  const bytes = await sharp(colours, { raw: { width: 3, height: 1, channels: 4 } })
    .png()
    .toBuffer()
  for (const options of [COLOURS, ORIGINAL]) {
    const { data, channels } = await decode(bytes, options)
    assert.is(channels, 3)
    assert.ok(worst(data, [200, 100, 0, 255, 255, 255, 244, 224, 204]) <= 1)
  }
  for (const name of ['rgba.png', 'gray_alpha.png']) {
    const opaque = await decode(bad('gray.png'))
    const { channels, width, height } = await decode(bad(name))
    assert.equal([width, height, channels], [opaque.width, opaque.height, name === 'rgba.png' ? 3 : 1])
  }
})

test('a colour named transparent in a PNG: blended; the original overlooked it', async () => {
  const plain = readFileSync(golden('images/harbour.png'))
  const key = Buffer.alloc(6)
  for (const c of [0, 1, 2]) key.writeUInt16BE(pixelsOfDrawn.data[c] ?? 0, 2 * c)
  const bytes = insertChunk(plain, 'tRNS', key)
  assert.equal((await decode(bytes, ORIGINAL)).data, pixelsOfDrawn.data)
  assert.equal([...(await decode(bytes)).data.subarray(0, 3)], [255, 255, 255])
})

test('four inks are converted without a profile', async () => {
  const png = await decode(bad('gray.png'))
  const { data, ...rest } = await decode(bad('cmyk.jpg'))
  assert.equal(rest, { width: png.width, height: png.height, channels: 3 })
  const picture = await decode(bad('rgb16.png'))
  const off = mean(Float32Array.from(data, (value, i) => Math.abs(value - (picture.data[i] ?? Number.NaN))))
  assert.ok(off < 4, `${off} from the same picture in RGB on average`)
})

test('palettes: colours, or indices as the original took them', async () => {
  for (const colours of [2, 4, 16, 200]) {
    for (const saved of [drawn.clone().png({ palette: true, colours }), drawn.clone().gif({ colours })]) {
      const bytes = await saved.toBuffer()
      const before = Uint8Array.from(bytes)
      const [shown, indices] = [await decode(bytes), await decode(bytes, ORIGINAL)]
      assert.equal([shown.channels, indices.channels], [3, 1])
      assert.ok(worst(shown.data, throughPalette(indices, paletteOf(bytes))) === 0, `${colours} colours`)
      assert.is(worst(bytes, before), 0, "the caller's bytes stay as they are")
    }
  }
})

test('a palette with transparent colours: blended, or indices', async () => {
  const bytes = bad('palette.png')
  const indices = await decode(bytes, ORIGINAL)
  const transparent = indices.data[0] ?? 0
  const alpha = Buffer.alloc(transparent + 1, 255)
  alpha[transparent] = 0
  const withKey = insertChunk(bytes, 'tRNS', alpha)
  assert.equal((await decode(withKey, ORIGINAL)).data, indices.data)
  assert.equal([...(await decode(withKey)).data.subarray(0, 3)], [255, 255, 255])
})

test('of an animation, the first picture', async () => {
  const frame = (background: string) =>
    sharp({ create: { ...SIZE, channels: 3, background } })
      .png()
      .toBuffer()
  const frames = await Promise.all(['#ff0000', '#00ff00'].map(frame))
  const animation = sharp(frames, { join: { animated: true } })
  for (const bytes of [
    await animation.clone().gif().toBuffer(),
    await animation.clone().webp({ lossless: true }).toBuffer(),
  ]) {
    assert.is((await sharp(bytes).metadata()).pages, 2)
    const { width, height, data } = await decode(bytes)
    assert.equal([width, height, ...data.subarray(0, 3)], [SIZE.width, SIZE.height, 255, 0, 0])
  }
})

test('one bit: black and white, or 0 and 1', async () => {
  const [shown, original] = [await decode(bad('one_bit.png')), await decode(bad('one_bit.png'), ORIGINAL)]
  assert.equal([...new Set(shown.data)].sort(), [0, 255])
  assert.equal(
    original.data.map(value => value * 255),
    shown.data,
  )
  const tiff = await drawn
    .clone()
    .threshold()
    .toColourspace('b-w')
    .tiff({ bitdepth: 1, compression: 'ccittfax4' })
    .toBuffer()
  assert.equal([...new Set((await decode(tiff)).data)].sort(), [0, 255])
  assert.equal([...new Set((await decode(tiff, ORIGINAL)).data)].sort(), [0, 1])
})

test('sixteen bits of grey: the high byte, or all', async () => {
  const words = new Random(1)
  const values = Uint16Array.from({ length: 60 }, () => words.integer(0, 65535))
  const saved = sharp(values, { raw: { width: 10, height: 6, channels: 1 } }).toColourspace('grey16')
  for (const bytes of [
    await saved.clone().png().toBuffer(),
    await saved.clone().tiff({ compression: 'lzw' }).toBuffer(),
  ]) {
    const [shown, original] = [await decode(bytes), await decode(bytes, ORIGINAL)]
    assert.equal(
      [...shown.data],
      [...values].map(value => value >> 8),
    )
    assert.equal([...original.data], [...values])
  }
})

test('sixteen bits of grey with transparency: blended, with and without compat', async () => {
  const words = Uint16Array.of(0x3456, 0xffff, 0x3456, 0, 0x3456, 0x8000)
  const ihdr = Buffer.from([0, 0, 0, 3, 0, 0, 0, 1, 16, 4, 0, 0, 0])
  const row = Buffer.alloc(13)
  for (const [i, word] of words.entries()) row.writeUInt16BE(word, 1 + 2 * i)
  const parts = [chunk('IHDR', ihdr), chunk('IDAT', deflateSync(row)), chunk('IEND', Buffer.alloc(0))]
  const bytes = Buffer.concat([bad('gray.png').subarray(0, 8), ...parts])
  for (const options of [COLOURS, ORIGINAL]) {
    const { data, channels } = await decode(bytes, options)
    assert.is(channels, 1)
    assert.ok(worst(data, [0x34, 255, (0x34 + 255) / 2]) <= 1, `${data}`)
  }
})

test('refusals name the picture and a cure', async () => {
  const expected = {
    'empty.jpg': /is empty; give a JPEG/,
    'not_an_image.jpg': /is no picture of a known kind; give a JPEG/,
    'truncated.jpg': /cannot be read as JPEG, it is damaged.*; take another copy/,
    'truncated.png': /cannot be read as PNG, it is damaged.*; take another copy/,
    'bad_crc.png': /cannot be read as PNG, it is damaged.*; take another copy/,
    'huge_header.png': /declares 60000 × 60000 pixels; make it smaller: 178,956,970 pixels is the most/,
    'nowhere.png': /cannot be opened; check the path/,
    '': /is a folder; give the path of one picture/,
  }
  for (const [name, words] of Object.entries(expected))
    for (const options of [COLOURS, ORIGINAL]) {
      const file = golden(`bad/${name}`)
      const error = await refusal(loadPicture(file, options))
      assert.match(error.message, words)
      assert.is(error.file, file)
    }
  assert.match((await refusal(loadPicture(Buffer.from('x'), COLOURS))).message, /^the picture: is no picture/)
})

test('what draws or names other files is never decoded', async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
  for (const text of [
    svg,
    `<?xml version="1.0"?>${svg}`,
    '%PDF-1.4\n',
    'P6 1 1 255 abc',
    '#?RADIANCE\n',
    'BM123456789',
    '\x1f\x8b\b\0',
  ])
    assert.match((await refusal(decode(bytesIn(text)))).message, /no picture of a known kind/, text)
  assert.match((await refusal(decode(bytesIn('\0\0\0\x18ftypheic\0\0\0\0')))).message, /is HEIC.*; export it as JPEG/)
})

test('the limit of pixels is the original’s', async () => {
  const header = bad('huge_header.png')
  const withSize = (width: number, height: number) => {
    const data = Buffer.from(header.subarray(16, 29))
    data.writeUInt32BE(width, 0)
    data.writeUInt32BE(height, 4)
    return Buffer.concat([header.subarray(0, 8), chunk('IHDR', data), header.subarray(33)])
  }
  assert.match((await refusal(decode(withSize(MAX_PIXELS / 10 + 1, 10)))).message, /declares 17895698 × 10 pixels/)
  assert.match((await refusal(decode(withSize(MAX_PIXELS / 10, 10)))).message, /in \d+ bytes, as only traps do/)
  assert.match((await refusal(decode(withSize(1000, 1000)))).message, /damaged/)
})

test('pictures cut or changed anywhere are read or refused, never anything else', async () => {
  const random = new Random(7)
  for (const name of ['palette.png', 'image.gif', 'gray16.png', 'progressive.jpg', 'one_bit.png', 'cmyk.jpg'])
    for (let i = 0; i < 60; i++) {
      const bytes = Uint8Array.from(bad(name))
      const [at, options] = [random.integer(0, Math.min(bytes.length, 1200) - 1), random.pick([COLOURS, ORIGINAL])]
      const cut = random.integer(0, 3) === 0
      if (!cut) bytes[at] = random.integer(0, 255)
      const outcome = await decode(cut ? bytes.subarray(0, at) : bytes, options).catch((error: unknown) => error)
      const what = `${name}, ${cut ? 'cut at' : 'changed at'} ${at}, compat ${options.compat}`
      if (outcome instanceof Error) assert.instance(outcome, FileError, `${what}: ${outcome}`)
      else assertWhole(outcome as Pixels, what)
    }
})

function assertWhole({ width, height, channels, data }: Pixels, what: string): void {
  assert.is(data.length, width * height * channels, what)
}

function chunk(name: string, data: Buffer): Buffer {
  const out = Buffer.alloc(12 + data.length)
  out.writeUInt32BE(data.length, 0)
  out.write(name, 4, 'latin1')
  data.copy(out, 8)
  out.writeUInt32BE(crc(out.subarray(4, 8 + data.length)), 8 + data.length)
  return out
}

/** The checksum of PNG, bit by bit. */
function crc(bytes: Uint8Array): number {
  let value = 0xffffffff
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0)
  }
  return (value ^ 0xffffffff) >>> 0
}

/** A PNG with a chunk more, just before its data. */
function insertChunk(png: Buffer, name: string, data: Buffer): Buffer {
  const at = png.indexOf('IDAT') - 4
  return Buffer.concat([png.subarray(0, at), chunk(name, data), png.subarray(at)])
}

/** The colours of a PNG's or GIF's palette, as the file has them. */
function paletteOf(bytes: Buffer): Buffer {
  if (bytes.toString('latin1', 0, 3) === 'GIF') {
    const flags = bytes[10] ?? 0
    assert.ok(flags & 0x80, 'the GIF has a global palette')
    return bytes.subarray(13, 13 + 3 * (2 << (flags & 7)))
  }
  const at = bytes.indexOf('PLTE')
  return bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4))
}

const throughPalette = ({ data }: Pixels, palette: Buffer): number[] =>
  Array.from(data).flatMap(index => [0, 1, 2].map(c => palette[3 * index + c] ?? Number.NaN))

test.run()
