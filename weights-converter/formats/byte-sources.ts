// Byte sources made of others: a part of one, several one after the other, bytes in memory. They close nothing: who opened
// the file closes it.

import type { ByteSource } from '../../lib/core/bytes.ts'
import { FileError } from '../../lib/core/errors.ts'

const tooFar = (name: string, offset: number): FileError =>
  new FileError('the data end early', { file: name, offset, cure: 'fetch or copy the file again, whole' })

/** Bytes `offset` to `offset + size` of a source. */
export function part(source: ByteSource, offset: number, size: number): ByteSource {
  if (offset + size > source.size) throw tooFar(source.name, source.size)
  return {
    name: source.name,
    size,
    async read(at, length) {
      if (at + length > size) throw tooFar(source.name, offset + size)
      return source.read(offset + at, length)
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

/** Pieces of one size, one after the other: the rows of a table that were stored one by one. */
export function rowsSource(name: string, rows: readonly ByteSource[], rowBytes: number): ByteSource {
  const size = rows.length * rowBytes
  return {
    name,
    size,
    async read(offset, length) {
      if (offset + length > size) throw tooFar(name, size)
      const bytes = new Uint8Array(length)
      for (let at = 0; at < length; ) {
        const row = Math.floor((offset + at) / rowBytes)
        const start = offset + at - row * rowBytes
        const count = Math.min(rowBytes - start, length - at)
        const source = rows[row]
        if (source === undefined) throw tooFar(name, size)
        bytes.set(await source.read(start, count), at)
        at += count
      }
      return bytes
    },
    async close() {},
  }
}
