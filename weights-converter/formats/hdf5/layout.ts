// Where a dataset's elements are: in its header, in one piece, or in chunks that may be filtered.

import type { Cursor } from './metadata.ts'

export type ChunkIndex = 'b-tree' | 'single' | 'implicit' | 'fixed array'

export type Layout =
  | { readonly kind: 'compact'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'contiguous'
      readonly address: number | undefined /** Stated by newer files only. */
      readonly size: number | undefined
    }
  | Chunked

export interface Chunked {
  readonly kind: 'chunked'
  readonly index: ChunkIndex
  readonly address: number | undefined
  /** Elements of a chunk along each axis. */
  readonly shape: readonly number[]
  /** Bytes of the only chunk, where it is filtered. */
  readonly single?: { readonly size: number; readonly mask: number }
}

const KINDS = ['compact', 'contiguous', 'chunked'] as const
const MOST_AXES = 32

export function readLayout(cursor: Cursor): Layout {
  const version = cursor.version([1, 2, 3, 4, 5], 'a layout')
  return version < 3 ? oldLayout(cursor) : newLayout(cursor, version)
}

function oldLayout(cursor: Cursor): Layout {
  const axes = cursor.u1()
  const kind = KINDS[cursor.u1()]
  cursor.skip(5)
  const address = kind === 'compact' ? undefined : cursor.address()
  const sizes = fourByteSizes(cursor, axes)
  if (kind === 'contiguous') return { kind, address, size: undefined }
  if (kind === 'compact') return { kind, bytes: cursor.take(cursor.u4()) }
  if (kind === 'chunked') return { kind, index: 'b-tree', address, shape: sizes.slice(0, -1) }
  throw cursor.error('an unknown layout')
}

function newLayout(cursor: Cursor, version: number): Layout {
  const kind = KINDS[cursor.u1()]
  if (kind === 'compact') return { kind, bytes: cursor.take(cursor.u2()) }
  if (kind === 'contiguous') return { kind, address: cursor.address(), size: cursor.length() }
  if (kind !== 'chunked') throw cursor.error('an unknown layout')
  if (version > 3) return indexedLayout(cursor)
  const axes = cursor.u1()
  const address = cursor.address()
  // The last is the element's size.
  return { kind, index: 'b-tree', address, shape: fourByteSizes(cursor, axes).slice(0, -1) }
}

const INDEXES: Readonly<Record<number, ChunkIndex>> = { 1: 'single', 2: 'implicit', 3: 'fixed array' }
const FILTERED_SINGLE = 2

/** Versions 4 and 5 have other indexes than the B-tree. */
function indexedLayout(cursor: Cursor): Chunked {
  const flags = cursor.u1()
  const axes = cursor.u1()
  const width = cursor.u1()
  if (axes > MOST_AXES || width < 1 || width > 8) throw cursor.error(`chunks of ${axes} axes of ${width} bytes`)
  const shape = Array.from({ length: axes }, () => cursor.uint(width)).slice(0, -1)
  const number = cursor.u1()
  const index = INDEXES[number]
  if (index === undefined)
    throw cursor.error(`chunks that may grow (index ${number}); write the file again without maxshape`)
  const single =
    index === 'single' && flags & FILTERED_SINGLE ? { size: cursor.length(), mask: cursor.u4() } : undefined
  if (index === 'fixed array') cursor.skip(1)
  return { kind: 'chunked', index, address: cursor.address(), shape, ...(single && { single }) }
}

function fourByteSizes(cursor: Cursor, axes: number): number[] {
  if (axes > MOST_AXES) throw cursor.error(`a layout of ${axes} axes`)
  return Array.from({ length: axes }, () => cursor.u4())
}
