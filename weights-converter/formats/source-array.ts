// An array of numbers somewhere in a foreign file: its type, shape and axis order, and where its bytes are. Whatever the file
// stores (half, double or integers, either byte order, either axis order) comes out as f32 in C order, a part at a time.
// Invariant: memory in use is bounded by the part, not by the array. Knows no file format.

import type { ByteSource } from '../../lib/core/bytes.ts'
import { FileError } from '../../lib/core/errors.ts'
import { expandFloat16 } from '../../lib/core/float16.ts'
import { elementsOf } from '../../lib/io/manifest.ts'

export interface SourceArray {
  /** As the file calls it. */
  readonly name: string
  /** numpy's code with its byte order: "<f4". */
  readonly dtype: string
  readonly shape: readonly number[]
  /** Fortran order: the first axis varies fastest in `bytes`. */
  readonly fortran: boolean
  /** Exactly the elements. */
  readonly bytes: ByteSource
}

interface ElementType {
  readonly width: number
  /** Little-endian elements as f32. */
  readonly floats: (elements: ArrayBuffer) => Float32Array
}

const ELEMENT_TYPES: ReadonlyMap<string, ElementType> = new Map<string, ElementType>([
  ['f2', { width: 2, floats: b => expandFloat16(new Uint16Array(b)) }],
  ['f4', { width: 4, floats: b => new Float32Array(b) }],
  ['f8', { width: 8, floats: b => new Float32Array(new Float64Array(b)) }],
  ['i1', { width: 1, floats: b => new Float32Array(new Int8Array(b)) }],
  ['i2', { width: 2, floats: b => new Float32Array(new Int16Array(b)) }],
  ['i4', { width: 4, floats: b => new Float32Array(new Int32Array(b)) }],
  ['i8', { width: 8, floats: b => Float32Array.from(new BigInt64Array(b), Number) }],
  ['u1', { width: 1, floats: b => new Float32Array(new Uint8Array(b)) }],
  ['u2', { width: 2, floats: b => new Float32Array(new Uint16Array(b)) }],
  ['u4', { width: 4, floats: b => new Float32Array(new Uint32Array(b)) }],
  ['u8', { width: 8, floats: b => Float32Array.from(new BigUint64Array(b), Number) }],
  ['b1', { width: 1, floats: b => new Float32Array(new Uint8Array(b)) }],
])

const elementType = (dtype: string): ElementType | undefined => ELEMENT_TYPES.get(dtype.replace(/^[<>|=]/, ''))

/** Bytes of one element; undefined where the elements are no numbers. */
export const elementWidth = (dtype: string): number | undefined => elementType(dtype)?.width

/**
 * Checks an array against its bytes. @throws FileError where its elements are no numbers or its bytes are too few or too many.
 */
export function sourceArray(array: SourceArray): SourceArray {
  const { name, dtype, shape, bytes } = array
  const width = elementWidth(dtype)
  if (width === undefined)
    throw refuse(array, `${name || 'the array'} holds elements of type ${dtype}, which are no numbers`)
  const need = width * elementsOf(shape)
  if (!Number.isSafeInteger(need) || shape.some(d => d < 0 || !Number.isSafeInteger(d)))
    throw refuse(array, `the shape (${shape.join(', ')}) is impossible`)
  if (bytes.size !== need)
    throw refuse(
      array,
      `${name || 'the array'}: ${dtype} (${shape.join(', ')}) makes ${need} bytes, but there are ${bytes.size}`,
    )
  return array
}

const refuse = ({ bytes }: SourceArray, problem: string): FileError =>
  new FileError(problem, { file: bytes.name, cure: 'fetch the file again, or write the array again with numpy.save' })

/** Bytes of one part; of a read of a matrix that is turned; and of a part of one: a larger one takes fewer passes over the file. */
const PART = 2 ** 22
const BAND = 2 ** 24
const LARGEST_BLOCK = 200 * 2 ** 20
/** Arrays of more than two axes in Fortran order are turned in memory: only small ones exist. */
const LARGEST_TURNED = 2 ** 28

/**
 * Whose the memory of a part is: the caller's own, or shared by parts in turn. A shared one is overwritten when the second part after
 * it is asked for; gigabytes then leave nothing behind for the garbage collector.
 */
export type PartMemory = 'own' | 'shared'

/** All elements as f32, C order. */
export async function* floats(array: SourceArray, memory: PartMemory = 'own'): AsyncGenerator<Float32Array> {
  for await (const bytes of inCOrder(array, memory)) yield toFloats(bytes, array.dtype)
}

/**
 * The transpose [columns, rows] of a matrix [rows, columns], as f32, C order. `place` says which column of it a row becomes, where
 * they are to stand in another order; such a matrix is in C order.
 */
export async function* transposed(array: SourceArray, place?: Place): AsyncGenerator<Float32Array> {
  const [rows = 0, columns = 0] = array.shape
  for await (const bytes of array.fortran ? stored(array, 'own') : turned(array, columns, rows, place))
    yield toFloats(bytes, array.dtype)
}

/** A row's new place. */
export type Place = (row: number) => number

/** The elements' own bytes, C order, little-endian: what `inspect` hashes. */
export async function* littleEndianBytes(array: SourceArray, memory: PartMemory = 'own'): AsyncGenerator<Uint8Array> {
  for await (const bytes of inCOrder(array, memory)) yield littleEndian(bytes, array.dtype)
}

/** Turns big-endian elements, in place. */
function littleEndian(bytes: Uint8Array, dtype: string): Uint8Array {
  const width = dtype.startsWith('>') ? elementWidth(dtype) : 1
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (width === 2) buffer.swap16()
  else if (width === 4) buffer.swap32()
  else if (width === 8) buffer.swap64()
  return bytes
}

const widthOf = ({ dtype }: SourceArray): number => elementWidth(dtype) ?? 1

function inCOrder(array: SourceArray, memory: PartMemory): AsyncGenerator<Uint8Array> {
  const [rows = 0, columns = 0] = array.shape
  if (!array.fortran || array.shape.length < 2) return stored(array, memory)
  return array.shape.length === 2 ? turned(array, rows, columns) : turnedInMemory(array)
}

/** As the file has them. */
async function* stored({ bytes }: SourceArray, memory: PartMemory): AsyncGenerator<Uint8Array> {
  const rooms = memory === 'own' ? [] : [0, 1].map(() => new Uint8Array(Math.min(PART, bytes.size)))
  for (let offset = 0; offset < bytes.size; offset += PART)
    yield await bytes.read(offset, Math.min(PART, bytes.size - offset), rooms[(offset / PART) % 2])
}

/** The matrix [rows, columns] whose columns lie one after the other in the file: some of its rows at a time. */
async function* turned(
  array: SourceArray,
  rows: number,
  columns: number,
  place: Place = column => column,
): AsyncGenerator<Uint8Array> {
  const width = widthOf(array)
  const most = Math.max(1, Math.min(rows, Math.floor(LARGEST_BLOCK / Math.max(1, columns * width))))
  // Whole columns are read, though only some of their rows are wanted: few long reads are faster than many short ones.
  const band = Math.max(1, Math.floor(BAND / Math.max(1, rows * width)))
  const room = new Uint8Array(Math.min(band, columns) * rows * width)
  for (let first = 0; first < rows && columns > 0; first += most) {
    const count = Math.min(most, rows - first)
    const block = new Uint8Array(count * columns * width)
    for (let column = 0; column < columns; column += band) {
      const some = Math.min(band, columns - column)
      const run = await array.bytes.read(column * rows * width, some * rows * width, room)
      const places = Int32Array.from({ length: some }, (_, i) => place(column + i))
      turnBand(run, block, { rows, columns, first, count, places, width })
    }
    yield block
  }
}

interface Band {
  /** Of the whole matrix. */
  readonly rows: number
  readonly columns: number
  /** Rows of the block. */
  readonly first: number
  readonly count: number
  /** Where each column of the band goes. */
  readonly places: Int32Array
  readonly width: number
}

/** Rows that are written side by side: a cache line of four-byte elements. */
const SIDE_BY_SIDE = 16

/** Puts the wanted rows of some columns into the block. */
function turnBand(run: Uint8Array, block: Uint8Array, band: Band): void {
  const { rows, columns, first, count, places, width } = band
  const unit = Math.min(width, 4)
  const View = unit === 4 ? Uint32Array : unit === 2 ? Uint16Array : Uint8Array
  const [from, to] = [new View(aligned(run, unit)), new View(block.buffer as ArrayBuffer)]
  const words = width / unit
  for (let row = 0; row < count; row += SIDE_BY_SIDE) {
    const end = Math.min(count, row + SIDE_BY_SIDE)
    for (let i = 0; i < places.length; i++) {
      const column = places[i] ?? 0
      for (let r = row; r < end; r++)
        for (let word = 0; word < words; word++)
          to[(r * columns + column) * words + word] = from[(i * rows + first + r) * words + word] ?? 0
    }
  }
}

async function* turnedInMemory(array: SourceArray): AsyncGenerator<Uint8Array> {
  const { shape, name, bytes } = array
  if (bytes.size > LARGEST_TURNED)
    throw refuse(array, `${name} has ${bytes.size} bytes in Fortran order, too many to turn`)
  const width = widthOf(array)
  const source = await bytes.read(0, bytes.size)
  const out = new Uint8Array(bytes.size)
  const strides = shape.map((_, axis) => elementsOf(shape.slice(0, axis)))
  for (let i = 0; i < elementsOf(shape); i++) {
    let rest = i
    let at = 0
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] ?? 1
      at += (rest % size) * (strides[axis] ?? 0)
      rest = Math.floor(rest / size)
    }
    out.set(source.subarray(at * width, (at + 1) * width), i * width)
  }
  yield out
}

function toFloats(bytes: Uint8Array, dtype: string): Float32Array {
  const type = elementType(dtype)
  if (type === undefined) throw new TypeError(`unchecked array of ${dtype}`)
  return type.floats(aligned(littleEndian(bytes, dtype), type.width))
}

/** The bytes in a buffer of their own. */
function aligned(bytes: Uint8Array, width: number): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes
  const own = byteOffset === 0 && byteLength === buffer.byteLength && byteLength % width === 0
  return (own ? buffer : new Uint8Array(bytes).buffer) as ArrayBuffer
}
