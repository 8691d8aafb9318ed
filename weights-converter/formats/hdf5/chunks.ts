// Chunked datasets: tiles of one shape, each perhaps shuffled and deflated, put together a row of tiles at a time.
// Invariant: memory is bounded by a row of tiles, and nothing is made that chunks in the file do not fill.

import { elementsOf } from '../../../lib/io/manifest.ts'
import { Spool } from '../spool.ts'
import { findChunks, type StoredChunk } from './chunk-index.ts'
import { type Filter, unfiltered } from './filters.ts'
import type { Chunked } from './layout.ts'
import type { Metadata } from './metadata.ts'

export interface ChunkedData {
  readonly layout: Chunked
  readonly shape: readonly number[]
  /** Bytes of an element. */
  readonly width: number
  readonly filters: readonly Filter[]
  /** The dataset, for messages. */
  readonly name: string
}

const LARGEST_CHUNK = 2 ** 26
const LARGEST_ROW = 2 ** 27
const MOST_CHUNKS = 2 ** 20
/** What a filter may add to a chunk that holds next to nothing. */
const SMALL = 4096
/** No deflated byte makes more than this many. */
const BEST_DEFLATE = 1032

/** All elements, C order. @throws FileError where a chunk is absent or damaged. */
export async function assembleChunks(file: Metadata, data: ChunkedData): Promise<Spool> {
  const tiles = tilesOf(file, data)
  const { layout, shape, width, filters, name } = data
  const [depth = 1, ...below] = layout.shape
  const [height = 0, ...across] = shape
  const chunkBytes = elementsOf(layout.shape) * width
  const stored = await findChunks(file, { layout, tiles, chunkBytes, isFiltered: filters.length > 0 })
  const perRow = elementsOf(tiles.slice(1))
  const spool = new Spool(`${file.source.name} (${name})`)
  try {
    for (let top = 0, first = 0; top < height; top += depth, first += perRow) {
      const chunks = Array.from({ length: perRow }, (_, i) => stored.get(first + i))
      const rows = Math.min(depth, height - top)
      const target = { bytes: blank(file, data, chunks, rows * elementsOf(across) * width), shape: [rows, ...across] }
      for (const [i, chunk] of chunks.entries())
        if (chunk !== undefined) {
          const bytes = await readChunk(file, chunk, data, chunkBytes)
          const origin = [0, ...coordinates(i, tiles.slice(1)).map((tile, axis) => tile * (below[axis] ?? 1))]
          copyTile(bytes, layout.shape, target, origin, width)
        }
      spool.append(target.bytes)
    }
    return spool
  } catch (error) {
    await spool.close()
    throw error
  }
}

const refusal = (file: Metadata, { name, layout }: ChunkedData, problem: string) =>
  file.error(`${name}: ${problem}`, layout.address ?? 0)

/** Chunks along each axis. @throws FileError where they do not fit the shape, or are of no weight file's size. */
function tilesOf(file: Metadata, data: ChunkedData): number[] {
  const { layout, shape, width } = data
  const as = `chunks of (${layout.shape.join(', ')}) for the shape (${shape.join(', ')})`
  if (layout.shape.length !== shape.length || shape.length === 0 || layout.shape.includes(0))
    throw refusal(file, data, as)
  const tiles = shape.map((size, axis) => Math.ceil(size / (layout.shape[axis] ?? 1)))
  const rowBytes = Math.min(shape[0] ?? 0, layout.shape[0] ?? 0) * elementsOf(shape.slice(1)) * width
  const isFit = elementsOf(layout.shape) * width <= LARGEST_CHUNK && rowBytes <= LARGEST_ROW
  if (!isFit || !(elementsOf(tiles) <= MOST_CHUNKS)) throw refusal(file, data, `${as} are too large or too many`)
  return tiles
}

/** Room for a row of chunks, which must all be there, and large enough to fill it. */
function blank(
  file: Metadata,
  data: ChunkedData,
  chunks: readonly (StoredChunk | undefined)[],
  bytes: number,
): Uint8Array {
  let stored = 0
  for (const chunk of chunks) {
    if (chunk === undefined) throw refusal(file, data, 'a chunk was never written')
    if (chunk.address + chunk.size > file.source.size)
      throw refusal(file, data, 'a chunk lies beyond the end of the file')
    if (chunk.size > 2 * elementsOf(data.layout.shape) * data.width + SMALL)
      throw refusal(file, data, `a chunk of ${chunk.size} bytes, more than it can need`)
    stored += chunk.size
  }
  if (bytes > stored * BEST_DEFLATE) throw refusal(file, data, 'its chunks are too small to hold it')
  return new Uint8Array(bytes)
}

async function readChunk(
  file: Metadata,
  { address, size, mask }: StoredChunk,
  data: ChunkedData,
  chunkBytes: number,
): Promise<Uint8Array> {
  const bytes = await file.source.read(address, size)
  try {
    const whole = unfiltered(bytes, data.filters, mask, chunkBytes, data.width)
    if (whole.length === chunkBytes) return whole
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause
  }
  throw file.error(`${data.name}: a chunk is damaged: it does not make ${chunkBytes} bytes`, address)
}

/** Where number `index`, counted in C order, lies along each axis. */
function coordinates(index: number, sizes: readonly number[]): number[] {
  let rest = index
  const reversed = sizes.toReversed().map(size => {
    const at = rest % size
    rest = Math.floor(rest / size)
    return at
  })
  return reversed.reverse()
}

/** Copies the part of a tile that lies inside the target, line by line of the last axis. */
function copyTile(
  tile: Uint8Array,
  tileShape: readonly number[],
  target: { readonly bytes: Uint8Array; readonly shape: readonly number[] },
  origin: readonly number[],
  width: number,
): void {
  const last = tileShape.length - 1
  const line = tileShape[last] ?? 0
  const length = Math.min(line, (target.shape[last] ?? 0) - (origin[last] ?? 0))
  const outer = tileShape.slice(0, -1)
  for (let i = 0; i < elementsOf(outer); i++) {
    const place = [...coordinates(i, outer), 0].map((at, axis) => at + (origin[axis] ?? 0))
    if (outer.some((_, axis) => (place[axis] ?? 0) >= (target.shape[axis] ?? 0))) continue
    const at = place.reduce((flat, n, axis) => flat * (target.shape[axis] ?? 1) + n, 0)
    target.bytes.set(tile.subarray(i * line * width, (i * line + length) * width), at * width)
  }
}
