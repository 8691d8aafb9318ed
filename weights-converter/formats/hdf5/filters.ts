// What was done to chunks before they were stored, and how it is undone: deflate and shuffle, the two that h5py has by itself.

import { inflateSync } from 'node:zlib'
import type { Cursor } from './metadata.ts'

export type Filter = 'deflate' | 'shuffle'

const FILTERS: Readonly<Record<number, Filter>> = { 1: 'deflate', 2: 'shuffle' }
/** From this number on filters have names in version 2. */
const NAMED = 256
const MOST_FILTERS = 32

/** The filters in the order they were applied. @throws FileError for one that is not known here. */
export function readFilters(cursor: Cursor): Filter[] {
  const version = cursor.version([1, 2], 'filters')
  const count = cursor.u1()
  if (count > MOST_FILTERS) throw cursor.error(`${count} filters`)
  if (version === 1) cursor.skip(6)
  return Array.from({ length: count }, () => {
    const number = cursor.u2()
    const nameBytes = version === 1 || number >= NAMED ? cursor.u2() : 0
    cursor.skip(2)
    const values = cursor.u2()
    cursor.skip(version === 1 ? 8 * Math.ceil(nameBytes / 8) : nameBytes)
    // Version 1 keeps an even number of values.
    cursor.skip(4 * (version === 1 ? 2 * Math.ceil(values / 2) : values))
    const filter = FILTERS[number]
    if (filter === undefined)
      throw cursor.error(`filter ${number}, which is not known here; write the file again without it`)
    return filter
  })
}

/** A chunk as it was before it was stored; `mask` has a bit for each filter that was left out. @throws Error where it is damaged. */
export function unfiltered(
  stored: Uint8Array,
  filters: readonly Filter[],
  mask: number,
  chunkBytes: number,
  width: number,
): Uint8Array {
  let bytes = stored
  for (const [i, filter] of [...filters.entries()].reverse()) {
    if (mask & (1 << i)) continue
    bytes = filter === 'deflate' ? inflateSync(bytes, { maxOutputLength: chunkBytes }) : unshuffled(bytes, width)
  }
  return bytes
}

/** Shuffled bytes come all first ones, then all second ones of the elements, and so on. */
function unshuffled(bytes: Uint8Array, width: number): Uint8Array {
  const count = Math.floor(bytes.length / width)
  const out = new Uint8Array(bytes)
  for (let byte = 0; byte < width; byte++)
    for (let i = 0; i < count; i++) out[i * width + byte] = bytes[byte * count + i] ?? 0
  return out
}
