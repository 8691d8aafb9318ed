// Which chunks a dataset has and where they are: from a B-tree in files of the usual kind, from newer indexes in others.

import { elementsOf } from '../../../lib/io/manifest.ts'
import { treeEntries } from './groups.ts'
import type { Chunked } from './layout.ts'
import type { Metadata } from './metadata.ts'

/** A chunk that is in the file. */
export interface StoredChunk {
  readonly address: number
  readonly size: number
  /** Filters that were not applied to it, by their bits. */
  readonly mask: number
}

export interface Tiling {
  readonly layout: Chunked
  /** Chunks along each axis. */
  readonly tiles: readonly number[]
  /** Bytes of a chunk that is not filtered. */
  readonly chunkBytes: number
  readonly isFiltered: boolean
}

/** Chunks by their numbers, counted in C order. @throws FileError */
export async function findChunks(file: Metadata, tiling: Tiling): Promise<Map<number, StoredChunk>> {
  const { layout, tiles, chunkBytes } = tiling
  const { address, index, single } = layout
  if (address === undefined) return new Map()
  if (index === 'b-tree') return fromTree(file, address, tiling)
  if (index === 'fixed array') return fromFixedArray(file, address, tiling)
  if (index === 'single') return new Map([[0, { address, size: chunkBytes, mask: 0, ...single }]])
  const all = Array.from({ length: elementsOf(tiles) }, (_, i) => i)
  return new Map(all.map(i => [i, { address: address + i * chunkBytes, size: chunkBytes, mask: 0 }]))
}

const CHUNKS = 1

async function fromTree(file: Metadata, root: number, { layout, tiles }: Tiling): Promise<Map<number, StoredChunk>> {
  const chunks = new Map<number, StoredChunk>()
  // A key: size, mask, the first element along each axis, and one more that is always 0.
  const keyBytes = 8 + 8 * (tiles.length + 1)
  for await (const { key, child } of treeEntries(file, root, CHUNKS, keyBytes)) {
    const [size, mask] = [key.u4(), key.u4()]
    let number = 0
    for (const [axis, count] of tiles.entries()) {
      const tile = key.uint(8) / (layout.shape[axis] ?? 1)
      if (!Number.isInteger(tile) || tile >= count) throw key.error('a chunk that lies outside its dataset')
      number = number * count + tile
    }
    chunks.set(number, { address: child, size, mask })
  }
  return chunks
}

async function fromFixedArray(file: Metadata, address: number, tiling: Tiling): Promise<Map<number, StoredChunk>> {
  const { address: a, length: l } = file.widths
  const head = await file.at(address, 8 + l + a)
  head.signature('FAHD')
  head.version([0], 'an index of chunks')
  head.skip(1)
  const entryBytes = head.u1()
  const pageBits = head.u1()
  const count = head.length()
  if (count !== elementsOf(tiling.tiles) || entryBytes < a || pageBits > 31)
    throw head.error('an index of another size')
  const block = head.place()
  const perPage = 2 ** pageBits
  const pages = count > perPage ? Math.ceil(count / perPage) : 0
  const bitmap = Math.ceil(pages / 8)
  // Pages follow a checksum, and each has one behind it.
  let at = block + 6 + a + bitmap + (pages > 0 ? 4 : 0)
  const chunks = new Map<number, StoredChunk>()
  for (let first = 0; first < count; first += perPage) {
    const entries = await file.at(at, Math.min(perPage, count - first) * entryBytes)
    for (let i = first; entries.remaining > 0; i++) {
      const chunk = entries.address()
      const size = tiling.isFiltered ? entries.uint(entryBytes - a - 4) : tiling.chunkBytes
      const mask = tiling.isFiltered ? entries.u4() : 0
      if (chunk !== undefined) chunks.set(i, { address: chunk, size, mask })
    }
    at += entries.bytes.length + 4
  }
  return chunks
}
