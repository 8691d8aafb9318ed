// Pictures from a grammar: PNG chunks with right checksums and any content, GIF blocks, TIFF directories; the seeds are small
// pictures that sharp saved.

import { crc32, deflateSync } from 'node:zlib'
import * as fc from 'fast-check'
import sharp from 'sharp'
import { joined } from '../../weights-converter/files.ts'
import { fields } from './arrays.ts'

const big = (value: number): Uint8Array => fields([[4, value]]).reverse()

export function pngChunk(name: string, data: Uint8Array): Uint8Array {
  const body = joined(name, data)
  return joined(big(data.length), body, big(crc32(body)))
}
export const ihdr = (width: number, height: number, depth: number, colour: number, interlace = 0): Uint8Array =>
  pngChunk('IHDR', joined(big(width), big(height), Uint8Array.of(depth, colour, 0, 0, interlace)))
export const PNG = '\x89PNG\r\n\x1a\n'

const side = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom(60_000, 2 ** 31 - 1, 2 ** 31, 0xffffffff))
const chunks = fc.array(
  fc.oneof(
    fc
      .tuple(
        fc.constantFrom('PLTE', 'tRNS', 'iCCP', 'zTXt', 'eXIf', 'acTL', 'fcTL', 'XxXx', 'IHDR', 'IEND'),
        fc.uint8Array({ maxLength: 40 }),
      )
      .map(([name, data]) => pngChunk(name, data)),
    fc.uint8Array({ maxLength: 300 }).map(data => pngChunk('IDAT', deflateSync(data))),
    fc.constantFrom(0, 255).map(value => pngChunk('IDAT', deflateSync(new Uint8Array(2000).fill(value)))),
  ),
  { maxLength: 5 },
)

const pngs = fc
  .tuple(
    side,
    side,
    fc.constantFrom(1, 2, 4, 8, 16, 0, 3),
    fc.constantFrom(0, 2, 3, 4, 6, 1),
    fc.constantFrom(0, 1, 2),
    chunks,
  )
  .map(([width, height, depth, colour, interlace, rest]) =>
    joined(PNG, ihdr(width, height, depth, colour, interlace), ...rest, pngChunk('IEND', new Uint8Array())),
  )

const two = fc.oneof(fc.nat(12), fc.constantFrom(65535, 32768))
const gifs = fc
  .tuple(
    fc.constantFrom('GIF87a', 'GIF89a'),
    two,
    two,
    fc.nat(255),
    fc.array(
      fc.oneof(
        fc
          .tuple(fc.nat(255), fc.uint8Array({ maxLength: 20 }))
          .map(([label, data]) => joined('!', Uint8Array.of(label, data.length), data, '\0')),
        fc
          .tuple(two, two, two, two, fc.nat(255), fc.integer({ min: 0, max: 13 }), fc.uint8Array({ maxLength: 60 }))
          .map(([x, y, width, height, flags, code, data]) =>
            joined(
              ',',
              fields([
                [2, x],
                [2, y],
                [2, width],
                [2, height],
                [1, flags],
                [1, code],
                [1, data.length],
              ]),
              data,
              '\0',
            ),
          ),
      ),
      { maxLength: 4 },
    ),
  )
  .map(([magic, width, height, flags, blocks]) => {
    const palette = (flags & 0x80) === 0 ? new Uint8Array() : new Uint8Array(3 * (2 << (flags & 7))).fill(7)
    return joined(
      magic,
      fields([
        [2, width],
        [2, height],
        [1, flags],
        [1, 0],
        [1, 0],
      ]),
      palette,
      ...blocks,
      ';',
    )
  })

const tiffs = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        254,
        256,
        257,
        258,
        259,
        262,
        273,
        277,
        278,
        279,
        282,
        317,
        320,
        322,
        323,
        324,
        325,
        330,
        347,
        34675,
        65000,
      ),
      fc.nat(13),
      fc.oneof(fc.nat(4), fc.constantFrom(2 ** 31, 0xffffffff)),
      fc.oneof(fc.nat(300), fc.constantFrom(0xffffffff, 8)),
    ),
    { minLength: 1, maxLength: 14 },
  )
  .map(entries =>
    joined(
      'II*\0',
      fields([
        [4, 8],
        [2, entries.length],
      ]),
      ...entries.map(([tag, type, count, value]) =>
        fields([
          [2, tag],
          [2, type],
          [4, count],
          [4, value],
        ]),
      ),
      '\0\0\0\0',
      new Uint8Array(128).fill(9),
    ),
  )

export const drawnPictures: fc.Arbitrary<Uint8Array> = fc.oneof(pngs, pngs, gifs, tiffs)

/** Small good pictures of every kind that is read. */
export async function savedPictures(): Promise<Uint8Array[]> {
  const pixels = Uint8Array.from({ length: 9 * 7 * 4 }, (_, i) => (i * 37) & 255)
  const drawn = sharp(pixels, { raw: { width: 9, height: 7, channels: 4 } })
  const opaque = drawn.clone().removeAlpha()
  const saved = [
    drawn.clone().png(),
    opaque.clone().png({ palette: true }),
    opaque.clone().png({ progressive: true }),
    opaque.clone().jpeg(),
    opaque.clone().jpeg({ progressive: true }),
    opaque.clone().toColourspace('cmyk').jpeg(),
    drawn.clone().gif(),
    drawn.clone().webp(),
    opaque.clone().webp({ lossless: true }),
    opaque.clone().tiff({ compression: 'lzw' }),
    opaque.clone().tiff({ compression: 'jpeg' }),
    opaque.clone().avif(),
  ]
  return (await Promise.all(saved.map(picture => picture.toBuffer()))).map(buffer => new Uint8Array(buffer))
}
