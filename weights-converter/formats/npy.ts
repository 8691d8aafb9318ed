// .npy files that others wrote: any numeric type, byte order and axis order. Object arrays are pickles behind a .npy header; they
// are read where each element is an array of one and the same type and shape (the published word tables).

import type { ByteSource } from '../../lib/core/bytes.ts'
import { FileError } from '../../lib/core/errors.ts'
import { elementsOf } from '../../lib/io/manifest.ts'
import { type NpyHeader, parseNpyHeader } from '../../lib/io/npy.ts'
import { part, rowsSource } from './byte-sources.ts'
import { arrayBytes, readPickle } from './pickle/index.ts'
import { FileBytes, PyArray, PyList, type PyValue } from './pickle/values.ts'
import { elementWidth, type SourceArray, sourceArray } from './source-array.ts'
import { Spool } from './spool.ts'

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
  const size = (width ?? 0) * elementsOf(header.shape)
  if (width !== undefined && header.dataOffset + size > source.size)
    throw new FileError(
      `the shape (${header.shape.join(', ')}) of ${header.descr} needs ${size} bytes, but ${source.size - header.dataOffset} follow`,
      { file: source.name, offset: source.size, cure: CURE },
    )
  // numpy ignores what follows the elements, and so do we.
  const bytes = part(source, header.dataOffset, width === undefined ? 0 : size)
  return sourceArray({ name, dtype: header.descr, shape: header.shape, fortran: header.fortranOrder, bytes })
}

/** An object array [rows] of arrays [columns] as one array [rows, columns]. Closing its bytes closes what it needed. */
async function stackRows(source: ByteSource, { shape, dataOffset }: NpyHeader, name: string): Promise<SourceArray> {
  const { value, close } = await readPickle(source, dataOffset)
  try {
    const rows = rowsOf(value, shape, source)
    const { dtype, shape: row } = rows[0] ?? new PyArray()
    const bytes = await joined(rows, source)
    const stacked = part(bytes, 0, bytes.size)
    stacked.close = async () => {
      await bytes.close()
      await close()
    }
    return sourceArray({ name, dtype, shape: [rows.length, ...row], fortran: false, bytes: stacked })
  } catch (error) {
    await close()
    throw error
  }
}

/** The rows, all of one type and length. @throws FileError for anything else. */
function rowsOf(value: PyValue, shape: readonly number[], source: ByteSource): readonly PyArray[] {
  const refuse = (problem: string) => new FileError(problem, { file: source.name, cure: CURE })
  const list = value instanceof PyArray ? value.data : value
  const items = list instanceof PyList ? list.items : []
  const [first] = items
  if (!(first instanceof PyArray) || first.shape.length !== 1 || shape.length !== 1 || items.length !== shape[0])
    throw refuse('an object array of something other than rows of numbers')
  return items.map((row, i) => {
    if (row instanceof PyArray && row.dtype === first.dtype && `${row.shape}` === `${first.shape}`) return row
    throw refuse(`row ${i} is not an array of ${first.dtype} (${first.shape.join(', ')}), as row 0 is`)
  })
}

/** Rows in the file by their places; where short ones came in memory, a copy of all. */
async function joined(rows: readonly PyArray[], source: ByteSource): Promise<ByteSource> {
  const offsets = new Float64Array(rows.length)
  let home: ByteSource | undefined
  let rowBytes = 0
  for (const [i, row] of rows.entries()) {
    rowBytes = arrayBytes(row, source).size
    const { data } = row
    if (!(data instanceof FileBytes) || (home ?? data.source) !== data.source) return copied(rows, source)
    home = data.source
    offsets[i] = data.offset
  }
  return rowsSource(home ?? source, offsets, rowBytes)
}

async function copied(rows: readonly PyArray[], source: ByteSource): Promise<ByteSource> {
  const spool = new Spool(source.name)
  try {
    for (const row of rows) {
      const bytes = arrayBytes(row, source)
      spool.append(await bytes.read(0, bytes.size))
    }
    return spool
  } catch (error) {
    await spool.close()
    throw error
  }
}
