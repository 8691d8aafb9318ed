// .npy files that others wrote: any numeric type, byte order and axis order. Object arrays are pickles behind a .npy header; they
// are read where each element is an array of one and the same type and shape (the published word tables).

import type { ByteSource } from '../../lib/core/bytes.ts'
import { FileError } from '../../lib/core/errors.ts'
import { type NpyHeader, parseNpyHeader } from '../../lib/io/npy.ts'
import { part, rowsSource } from './byte-sources.ts'
import { arrayBytes, readPickle } from './pickle/index.ts'
import { PyArray, PyList } from './pickle/values.ts'
import { elementCount, elementWidth, type SourceArray, sourceArray } from './source-array.ts'

const LONGEST_HEADER = 65536 + 12
const CURE = 'fetch the file again, or write the array again with numpy.save'

export const isNpy = (head: Uint8Array): boolean =>
  [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59].every((byte, i) => head[i] === byte)

export const readNpyHeader = async (source: ByteSource): Promise<NpyHeader> =>
  parseNpyHeader(await source.read(0, Math.min(LONGEST_HEADER, source.size)), source.name)

/** Whether its elements are pickled objects. */
export const isObjectArray = (header: NpyHeader): boolean => /^[|=]?O8?$/.test(header.descr)

/** The array of a .npy file, or of a part of another file that holds one. @throws FileError */
export async function readNpyArray(source: ByteSource, name = ''): Promise<SourceArray> {
  const header = await readNpyHeader(source)
  if (isObjectArray(header)) return stackRows(source, header, name)
  const width = elementWidth(header.descr)
  const size = (width ?? 0) * elementCount(header.shape)
  if (width !== undefined && header.dataOffset + size > source.size)
    throw new FileError(
      `the shape (${header.shape.join(', ')}) of ${header.descr} needs ${size} bytes, but ${source.size - header.dataOffset} follow`,
      { file: source.name, offset: source.size, cure: CURE },
    )
  // numpy ignores what follows the elements, and so do we.
  const bytes = part(source, header.dataOffset, width === undefined ? 0 : size)
  return sourceArray({ name, dtype: header.descr, shape: header.shape, fortran: header.fortranOrder, bytes })
}

/** An object array [rows] of arrays [columns] as one array [rows, columns]. */
async function stackRows(source: ByteSource, { shape, dataOffset }: NpyHeader, name: string): Promise<SourceArray> {
  const refuse = (problem: string) => new FileError(problem, { file: source.name, cure: CURE })
  const { value } = await readPickle(source, dataOffset)
  const list = value instanceof PyArray ? value.data : value
  const items = list instanceof PyList ? list.items : []
  const [first] = items
  if (!(first instanceof PyArray) || shape.length !== 1 || items.length !== shape[0])
    throw refuse('an object array of something other than rows of numbers')
  const rows = items.map((row, i) => {
    if (row instanceof PyArray && row.dtype === first.dtype && `${row.shape}` === `${first.shape}`)
      return arrayBytes(row, source)
    throw refuse(`row ${i} is not an array of ${first.dtype} (${first.shape.join(', ')}), as row 0 is`)
  })
  const rowBytes = (elementWidth(first.dtype) ?? 0) * elementCount(first.shape)
  const bytes = rowsSource(source.name, rows, rowBytes)
  return sourceArray({ name, dtype: first.dtype, shape: [items.length, ...first.shape], fortran: false, bytes })
}
