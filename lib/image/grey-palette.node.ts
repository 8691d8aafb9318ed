// Palette indices, for the original's misreading of palette pictures: the picture's bytes with colour i of every palette set
// to the grey i and nothing transparent. Whatever decodes them then gives the indices. Checks only what it walks
// over: the decoder refuses the rest.

import { crc32 } from 'node:zlib'

/** A copy of a palette picture (PNG or GIF) that decodes to its indices. @throws RangeError where the bytes end early */
export function greyPalette(bytes: Uint8Array, format: 'png' | 'gif'): Uint8Array {
  return format === 'png' ? greyPng(bytes) : greyGif(Uint8Array.from(bytes))
}

const ramp = (colours: number): Uint8Array => Uint8Array.from({ length: 3 * colours }, (_, i) => Math.floor(i / 3))

const SIGNATURE = 8
const BIT_DEPTH = 24
/** Length and name before a chunk's data, checksum after them. */
const AROUND = 12

function greyPng(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const colours = 2 ** view.getUint8(BIT_DEPTH)
  const parts = [bytes.subarray(0, SIGNATURE)]
  for (let at = SIGNATURE; at < bytes.length; ) {
    const end = at + AROUND + view.getUint32(at)
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    if (name === 'PLTE') parts.push(pngChunk(name, ramp(colours)))
    else if (name !== 'tRNS') parts.push(bytes.subarray(at, end))
    at = name === 'IEND' ? bytes.length : end
  }
  return Buffer.concat(parts)
}

function pngChunk(name: string, data: Uint8Array): Uint8Array {
  const chunk = Buffer.alloc(AROUND + data.length)
  chunk.writeUInt32BE(data.length, 0)
  chunk.write(name, 4, 'latin1')
  chunk.set(data, 8)
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length)
  return chunk
}

const EXTENSION = 0x21
const GRAPHIC_CONTROL = 0xf9
const IMAGE = 0x2c

/** Up to the first image: only that is shown. */
function greyGif(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  /** Recolours the palette that `flags` announces; returns where it ends. */
  const recolour = (flags: number, at: number): number => {
    if ((flags & 0x80) === 0) return at
    const colours = 2 << (flags & 7)
    bytes.set(ramp(colours), at)
    return at + 3 * colours
  }
  let at = recolour(view.getUint8(10), 13)
  while (view.getUint8(at) === EXTENSION) {
    if (view.getUint8(at + 1) === GRAPHIC_CONTROL) view.setUint8(at + 3, view.getUint8(at + 3) & 0xfe)
    at += 2
    while (view.getUint8(at) > 0) at += 1 + view.getUint8(at)
    at++
  }
  if (view.getUint8(at) === IMAGE) recolour(view.getUint8(at + 9), at + 10)
  return bytes
}
