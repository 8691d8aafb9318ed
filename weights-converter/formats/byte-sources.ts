// Byte sources made of others: a part of one, rows of one, bytes in memory. Closing one closes nothing: who opened the file
// closes it.

import type { ByteSource } from '../../lib/core/bytes.ts'
import { AbortError, FileError } from '../../lib/core/errors.ts'

const tooFar = (name: string, offset: number): FileError =>
  new FileError('the data end early', { file: name, offset, cure: 'fetch or copy the file again, whole' })

/** Bytes `offset` to `offset + size` of a source. */
export function part(source: ByteSource, offset: number, size: number, name = source.name): ByteSource {
  if (offset + size > source.size) throw tooFar(name, source.size)
  return {
    name,
    size,
    async read(at, length, into) {
      if (at + length > size) throw tooFar(name, offset + size)
      return source.read(offset + at, length, into)
    },
    async close() {},
  }
}

/** Bytes in memory. */
export function bytesSource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.length,
    async read(offset, length) {
      if (offset + length > bytes.length) throw tooFar(name, bytes.length)
      return bytes.slice(offset, offset + length)
    },
    async close() {},
  }
}

/** The same source, whose reads stop once the signal says so. @throws AbortError */
export const abortable = (source: ByteSource, signal: AbortSignal | undefined): ByteSource => ({
  name: source.name,
  size: source.size,
  async read(offset, length, into) {
    if (signal?.aborted) throw new AbortError()
    return source.read(offset, length, into)
  },
  close: () => source.close(),
})

/** Bytes between two rows that are read along rather than skipped, and bytes of one read. */
const GAP = 4096
const LONGEST_READ = 2 ** 22

/** Rows of one size that lie here and there in a source, one after the other: a table that was stored row by row. */
export function rowsSource(source: ByteSource, offsets: Float64Array, rowBytes: number): ByteSource {
  const size = offsets.length * rowBytes
  const at = (row: number): number => offsets[row] ?? 0
  /** The last row, up to `most`, that is worth reading together with `first`. */
  const lastOfRun = (first: number, most: number): number => {
    let row = first
    while (row < most && isNear(at(row) + rowBytes, at(row + 1)) && at(row + 1) - at(first) < LONGEST_READ) row++
    return row
  }
  /** What runs are read into; whoever reads at the same time makes room of his own. */
  let spare: Uint8Array | undefined
  return {
    name: source.name,
    size,
    async read(offset, length, into) {
      if (offset + length > size) throw tooFar(source.name, source.size)
      const bytes = into !== undefined && into.length >= length ? into.subarray(0, length) : new Uint8Array(length)
      const room = spare ?? new Uint8Array(LONGEST_READ + rowBytes)
      spare = undefined
      const most = Math.floor((offset + length - 1) / rowBytes)
      const from = (row: number): number => at(row) + Math.max(0, offset - row * rowBytes)
      const to = (row: number): number => at(row) + Math.min(rowBytes, offset + length - row * rowBytes)
      for (let row = Math.floor(offset / rowBytes); row <= most; ) {
        const last = lastOfRun(row, most)
        const start = from(row)
        const span = await source.read(start, to(last) - start, room)
        for (; row <= last; row++)
          bytes.set(span.subarray(from(row) - start, to(row) - start), row * rowBytes + from(row) - at(row) - offset)
      }
      spare = room
      return bytes
    },
    async close() {},
  }
}

const isNear = (end: number, start: number): boolean => start >= end && start - end <= GAP
