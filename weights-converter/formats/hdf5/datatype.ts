// Types and sizes of elements: what HDF5 calls datatype and dataspace.

import type { Cursor } from './metadata.ts'

export type Datatype =
  | { readonly kind: 'number'; readonly size: number /** numpy's: "<f4" */; readonly code: string }
  | {
      readonly kind: 'text'
      readonly size: number /** Its length stands in the file, its characters elsewhere. */
      readonly isVariable: boolean
    }
  | { readonly kind: 'other'; readonly size: number; readonly name: string }

const CLASSES = [
  'integer',
  'float',
  'time',
  'string',
  'bits',
  'opaque',
  'record',
  'reference',
  'enumeration',
  'variable length',
  'array',
]
/** Exponent's place and width, mantissa's place and width, bias: IEEE 754's. */
const IEEE: Readonly<Record<number, readonly number[]>> = {
  2: [10, 5, 0, 10, 15],
  4: [23, 8, 0, 23, 127],
  8: [52, 11, 0, 52, 1023],
}

export function readDatatype(cursor: Cursor): Datatype {
  const first = cursor.u1()
  if (first >> 4 > 5) throw cursor.error(`version ${first >> 4} of a type, which is not known here`)
  const name = CLASSES[first & 15] ?? 'unknown'
  const [bits] = cursor.take(3)
  const size = cursor.u4()
  if (name === 'integer') return integer(cursor, bits ?? 0, size)
  if (name === 'float') return float(cursor, bits ?? 0, size)
  if (name === 'string') return { kind: 'text', size, isVariable: false }
  if (name === 'variable length' && ((bits ?? 0) & 15) === 1) return { kind: 'text', size, isVariable: true }
  return { kind: 'other', size, name }
}

function integer(cursor: Cursor, bits: number, size: number): Datatype {
  const [offset, precision] = [cursor.u2(), cursor.u2()]
  if (![1, 2, 4, 8].includes(size) || offset !== 0 || precision !== 8 * size)
    return { kind: 'other', size, name: `integer of ${precision} bits` }
  return { kind: 'number', size, code: `${byteOrder(bits, size)}${bits & 8 ? 'i' : 'u'}${size}` }
}

function float(cursor: Cursor, bits: number, size: number): Datatype {
  cursor.skip(4)
  const layout = [cursor.u1(), cursor.u1(), cursor.u1(), cursor.u1(), cursor.u4()]
  const isIeee = IEEE[size]?.every((part, i) => part === layout[i]) === true && (bits & 0x40) === 0
  return isIeee
    ? { kind: 'number', size, code: `${byteOrder(bits, size)}f${size}` }
    : { kind: 'other', size, name: `float of ${size} bytes that is not IEEE 754’s` }
}

const byteOrder = (bits: number, size: number): string => (size === 1 ? '|' : bits & 1 ? '>' : '<')

const MOST_AXES = 32

/** Sizes of the axes; none for a single value. */
export function readDataspace(cursor: Cursor): number[] {
  const version = cursor.version([1, 2], 'a shape')
  const axes = cursor.u1()
  cursor.skip(1)
  if (version === 1) cursor.skip(5)
  else if (cursor.u1() === 2) return [0]
  if (axes > MOST_AXES) throw cursor.error(`a shape of ${axes} axes`)
  return Array.from({ length: axes }, () => cursor.length())
}
