// Pictures that are none, damaged, or bombs.

import { deflateSync } from 'node:zlib'
import { golden, joined, raw } from '../../weights-converter/files.ts'
import { deflatedZeros, fields } from '../grammar/arrays.ts'
import { ihdr, PNG, pngChunk, savedPictures } from '../grammar/pictures.ts'
import { casesOf, type Facts, type Malformed, READ } from './case.ts'

const END = pngChunk('IEND', new Uint8Array())
const idat = (bytes: Uint8Array) => pngChunk('IDAT', deflateSync(bytes))
/** Rows of a filter byte and zeros. */
const rows = (width: number, height: number, bytesPerPixel = 1) => new Uint8Array(height * (1 + width * bytesPerPixel))
const png = (...chunks: Uint8Array[]) => joined(PNG, ...chunks, END)
/** A picture of zeros: `bytesPerRow` of pixels a row. */
const bomb = (width: number, height: number, depth: number, colour: number, bytesPerRow: number) => () => {
  const size = height * (1 + bytesPerRow)
  const checksum = fields([
    [2, 1],
    [2, size % 65_521],
  ]).reverse()
  return png(ihdr(width, height, depth, colour), pngChunk('IDAT', joined('\x78\x01', deflatedZeros(size), checksum)))
}

const pngs: Facts = {
  nothing: ['', /is empty/],
  'a PNG of its first bytes': [PNG, /cannot be read as PNG/],
  'a PNG without an image': [png(ihdr(4, 4, 8, 0)), /cannot be read as PNG/],
  'a PNG without a head': [png(idat(rows(4, 4))), /cannot be read as PNG/],
  'a PNG of no width': [png(ihdr(0, 4, 8, 0), idat(rows(4, 4))), /cannot be read as PNG/],
  'a PNG of 60000 × 60000 pixels': [png(ihdr(60_000, 60_000, 8, 2), idat(rows(4, 4))), /declares 60000 × 60000 pixels/],
  'a PNG of 2³¹ − 1 pixels a side': [png(ihdr(2 ** 31 - 1, 2 ** 31 - 1, 8, 2)), /declares|cannot be read/],
  'a PNG of 2³² pixels a side': [png(ihdr(2 ** 32 - 1, 1, 8, 2)), /cannot be read as PNG/],
  'a PNG of three bits': [png(ihdr(4, 4, 3, 0), idat(rows(4, 4))), /cannot be read as PNG/],
  'a PNG of an unknown colour': [png(ihdr(4, 4, 8, 5), idat(rows(4, 4))), /cannot be read as PNG/],
  'a PNG of an unknown interlacing': [png(ihdr(4, 4, 8, 0, 7), idat(rows(4, 4))), /cannot be read as PNG/],
  'a PNG whose image ends early': [png(ihdr(4, 4, 8, 0), idat(rows(4, 2))), /cannot be read as PNG/],
  'a PNG whose image is no zlib': [
    png(ihdr(4, 4, 8, 0), pngChunk('IDAT', raw('no zlib at all'))),
    /cannot be read as PNG/,
  ],
  'a PNG with a filter that is unknown': [png(ihdr(4, 4, 8, 0), idat(rows(4, 4).fill(9))), /cannot be read as PNG/],
  'a PNG palette without colours': [
    png(ihdr(4, 4, 8, 3), pngChunk('PLTE', new Uint8Array()), idat(rows(4, 4))),
    /cannot be read as PNG/,
  ],
  'a PNG palette that is missing': [png(ihdr(4, 4, 8, 3), idat(rows(4, 4))), /cannot be read as PNG/],
  'a PNG palette of four bytes': [
    png(ihdr(4, 4, 8, 3), pngChunk('PLTE', raw('abcd')), idat(rows(4, 4))),
    /cannot be read as PNG/,
  ],
  'a PNG with an index beyond its palette': [
    png(ihdr(4, 1, 8, 3), pngChunk('PLTE', raw('abc')), idat(Uint8Array.of(0, 9, 9, 9, 9))),
    READ,
  ],
  'a PNG with a wrong checksum': [() => golden('bad/bad_crc.png'), /cannot be read as PNG/],
  'a PNG cut in half': [() => golden('bad/truncated.png'), /cannot be read as PNG/],
  'a PNG with a chunk of 2 GB': [joined(PNG, ihdr(4, 4, 8, 0), '\x7f\xff\xff\xffIDAT'), /cannot be read as PNG/],
  'a PNG with a text of 50 MB, packed': [
    () =>
      png(
        ihdr(4, 4, 8, 0),
        pngChunk('zTXt', joined('a\0\0', deflateSync(new Uint8Array(50_000_000)))),
        idat(rows(4, 4)),
      ),
    READ,
  ],
  '50 million grey pixels of nothing': [bomb(10_000, 5000, 8, 0, 10_000), READ],
  'a bomb of 100 million colours': [bomb(10_000, 10_000, 8, 2, 30_000), /as only traps do/],
  'a bomb of 170 million bits': [bomb(13_000, 13_000, 1, 0, 1625), /as only traps do/],
  'a bomb in 16 bits': [bomb(8000, 8000, 16, 6, 64_000), /as only traps do/],
  'a picture a million pixels wide': [png(ihdr(1_000_000, 1, 8, 0), idat(rows(1_000_000, 1))), READ],
}

const others: Facts = {
  'a JPEG of its first bytes': ['\xff\xd8\xff\xe0', /cannot be read as JPEG/],
  'a JPEG of its ends': ['\xff\xd8\xff\xd9', /cannot be read as JPEG/],
  'a JPEG with a segment of 64 KB': ['\xff\xd8\xff\xe0\xff\xffJFIF', /cannot be read as JPEG/],
  'a JPEG with a segment of length 0': ['\xff\xd8\xff\xe0\0\0JFIF\0', /cannot be read as JPEG/],
  'a JPEG of 65535 × 65535 pixels': [
    '\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xd9',
    /declares 65535 × 65535|cannot be read as JPEG/,
  ],
  'a JPEG cut in half': [() => golden('bad/truncated.jpg'), /cannot be read as JPEG/],
  'a text by the name of a JPEG': [() => golden('bad/not_an_image.jpg'), /no picture of a known kind/],
  'a GIF of its first bytes': ['GIF89a', /cannot be read as GIF/],
  'a GIF without an image': ['GIF89a\x04\0\x04\0\0\0\0;', /cannot be read as GIF/],
  'a GIF of 65535 × 65535 pixels': [
    'GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\0;',
    /declares 65535 × 65535|cannot be read/,
  ],
  'a GIF with a palette that is cut': ['GIF89a\x04\0\x04\0\x87\0\0abc', /cannot be read as GIF/],
  'a GIF whose code size is 30': [
    'GIF89a\x04\0\x04\0\0\0\0,\0\0\0\0\x04\0\x04\0\0\x1e\x01a\0;',
    /cannot be read as GIF/,
  ],
  'a WebP of its first bytes': ['RIFF\x04\0\0\0WEBP', /cannot be read as WEBP/],
  'a WebP whose length lies': ['RIFF\xff\xff\xff\xffWEBPVP8 \xff\xff\xff\xff', /cannot be read as WEBP/],
  'a WebP of 16383 × 16383 pixels of nothing': [
    joined('RIFF\x1e\0\0\0WEBPVP8L\x11\0\0\0\x2f\xff\xff\xff\x0f', new Uint8Array(12)),
    /declares|cannot be read as WEBP/,
  ],
  'a TIFF of its first bytes': ['II*\0', /cannot be read as TIFF/],
  'a TIFF whose directory is beyond it': ['II*\0\xff\xff\xff\x7f', /cannot be read as TIFF/],
  'a TIFF whose directory is in itself': [
    joined(
      'II*\0',
      fields([
        [4, 8],
        [2, 1],
        [2, 256],
        [2, 3],
        [4, 1],
        [4, 4],
        [4, 8],
      ]),
    ),
    /cannot be read as TIFF/,
  ],
  'a TIFF of 2³¹ pixels a side': [
    joined(
      'II*\0',
      fields([
        [4, 8],
        [2, 4],
        [2, 256],
        [2, 4],
        [4, 1],
        [4, 2 ** 31],
        [2, 257],
        [2, 4],
        [4, 1],
        [4, 2 ** 31],
        [2, 258],
        [2, 3],
        [4, 1],
        [4, 8],
        [2, 273],
        [2, 4],
        [4, 1],
        [4, 8],
        [4, 0],
      ]),
    ),
    /declares|cannot be read as TIFF/,
  ],
  'a BigTIFF of its first bytes': ['II+\0\x08\0\0\0', /cannot be read as TIFF/],
  'an AVIF of its first box': ['\0\0\0\x18ftypavif\0\0\0\0avifmif1', /cannot be read as AVIF/],
  'an AVIF whose box is longer than all': ['\xff\xff\xff\xffftypavif', /cannot be read as AVIF/],
  'a HEIC': ['\0\0\0\x18ftypheic\0\0\0\0', /HEIC, which is not read here/],
  'an SVG': ['<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>', /no picture of a known kind/],
  'an SVG bomb': [
    '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">]><svg>&a;</svg>',
    /no picture of a known kind/,
  ],
  'a PDF': ['%PDF-1.4\n', /no picture of a known kind/],
  'a PostScript program': ['%!PS-Adobe-3.0\n(id) run\n', /no picture of a known kind/],
  'a script for ImageMagick': [
    "push graphic-context\nimage over 0,0 0,0 'ephemeral:/etc/passwd'\n",
    /no picture of a known kind/,
  ],
  'a BMP': ['BM\x46\0\0\0', /no picture of a known kind/],
  'an icon': ['\0\0\x01\0\x01\0', /no picture of a known kind/],
  'a JPEG XL': ['\xff\x0a\0', /no picture of a known kind/],
  'an animated cursor': ['RIFF\x04\0\0\0ACON', /no picture of a known kind/],
  weights: [() => golden('weights/swift_style.npy'), /no picture of a known kind/],
}

/** Each kind that is read, cut at the middle and with its second half overwritten. */
async function halves(): Promise<Facts> {
  const pictures = await savedPictures()
  const kinds = [
    'PNG',
    'palette PNG',
    'interlaced PNG',
    'JPEG',
    'progressive JPEG',
    'CMYK JPEG',
    'GIF',
    'WebP',
    'lossless WebP',
    'TIFF',
    'TIFF of JPEG',
    'AVIF',
  ]
  return Object.fromEntries(
    pictures.flatMap((bytes, i) => {
      const half = Math.floor(bytes.length / 2)
      return [[`half a ${kinds[i]}`, [bytes.slice(0, half), /cannot be read as/] as const]]
    }),
  )
}

export const pictures = async (): Promise<Malformed[]> => [
  ...casesOf('picture', pngs),
  ...casesOf('picture', others),
  ...casesOf('picture', await halves()),
]
