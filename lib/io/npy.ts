// The .npy files that this project makes (bundles, styles, vectors, goldens), through npyjs behind checks: what passes
// them, npyjs reads rightly. Also a user's file of vectors, in any numeric type. Foreign weight files in all their
// varieties are the converter's business, not this file's.

import ndarray, { type NdArray } from 'ndarray'
import { dump, parse } from 'npyjs'
import { FileError } from '../core/errors.ts'
import { expandFloat16 } from '../core/float16.ts'
import { elementsOf, type StoredDType } from './manifest.ts'

export type NpyData = Float32Array | Float64Array | Int32Array | Uint32Array | BigInt64Array<ArrayBuffer> | Uint8Array

/** What the head of a .npy file says. */
export interface NpyHeader {
  /** numpy's code, with its byte order: "<f4". */
  readonly descr: string
  readonly fortranOrder: boolean
  readonly shape: readonly number[]
  /** Where the elements begin. */
  readonly dataOffset: number
}

/** Bytes that always hold the head of a file that this project wrote. */
export const HEADER_PROBE = 1024
const LONGEST_HEADER = 65536

const CURE = 'write the array again with numpy.save, as plain numbers'
const refuse = (problem: string, file: string, offset?: number): FileError =>
  new FileError(problem, { file, offset, cure: CURE })

/**
 * Reads the head of a .npy file (versions 1 to 3) from its first bytes.
 * @throws FileError where it is none, is cut short, or its dictionary is not exactly numpy's three keys.
 */
export function parseNpyHeader(bytes: Uint8Array, file: string): NpyHeader {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
  if (bytes.length < 12 || magic.some((b, i) => bytes[i] !== b)) throw refuse('not a .npy file', file, 0)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const major = bytes[6] ?? 0
  if (major < 1 || major > 3) throw refuse(`.npy version ${major} is unknown`, file, 6)
  const start = major === 1 ? 10 : 12
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > LONGEST_HEADER) throw refuse(`the header claims ${length} bytes`, file, 8)
  if (start + length > bytes.length) throw refuse('the header is cut short', file, bytes.length)
  const text = new TextDecoder('latin1').decode(bytes.subarray(start, start + length))
  return { ...parseDictionary(text, file, start), dataOffset: start + length }
}

const KEYS = {
  descr: /['"]descr['"]\s*:\s*['"]([<>|=]?[a-zA-Z]\d{0,4})['"]\s*,?/,
  fortran: /['"]fortran_order['"]\s*:\s*(True|False)\s*,?/,
  shape: /['"]shape['"]\s*:\s*\(([\d\s,L]*)\)\s*,?/,
}

function parseDictionary(text: string, file: string, offset: number): Omit<NpyHeader, 'dataOffset'> {
  let rest = text
  const take = (pattern: RegExp): string => {
    const match = pattern.exec(rest)
    if (!match) throw refuse('the header is not one of a plain array of numbers', file, offset)
    rest = rest.replace(match[0], '')
    return match[1] ?? ''
  }
  const descr = take(KEYS.descr)
  const fortranOrder = take(KEYS.fortran) === 'True'
  const sizes = take(KEYS.shape)
    .split(',')
    .map(s => s.replaceAll(/\s+/g, ' ').trim())
    .filter(s => s !== '')
  const shape = sizes.map(s => Number(s.replace(/L$/, '')))
  if (!/^\s*\{\s*\}\s*$/.test(rest)) throw refuse('the header holds more than type, order and shape', file, offset)
  if (shape.length > 32 || shape.some(d => !Number.isSafeInteger(d)) || !Number.isSafeInteger(16 * elementsOf(shape)))
    throw refuse(`the shape (${sizes.join(', ')}) is impossible`, file, offset)
  return { descr, fortranOrder, shape }
}

// The element types that npyjs gives as a typed array of that very type.
const READABLE: Readonly<Record<string, number>> = {
  '<f4': 4,
  '<f8': 8,
  '<f2': 2,
  '<i4': 4,
  '<u4': 4,
  '<i8': 8,
  '|u1': 1,
}

/**
 * An array that this project (or numpy, on an ordinary machine) wrote: little-endian, either axis order; the result is
 * in C order, halves come as f32.
 * @throws FileError for anything else, and where the file's length is not the shape's.
 */
export function decodeNpy(bytes: Uint8Array, file: string): NdArray<NpyData> {
  const header = parseNpyHeader(bytes, file)
  const { descr, fortranOrder, dataOffset } = header
  const width = READABLE[descr]
  if (width === undefined || dataOffset % width !== 0)
    throw refuse(`elements are ${descr}, expected aligned little-endian numbers`, file)
  checkLength(bytes, { ...header, width }, file, true)
  const data = parse(new Uint8Array(bytes).buffer).data as NpyData
  const shape = [...header.shape]
  if (!fortranOrder) return ndarray(data, shape)
  const turned = ndarray(data, shape.toReversed()).transpose(...shape.map((_, axis) => shape.length - 1 - axis))
  return ndarray(contiguous(turned), shape)
}

/** An array as the bytes of a .npy file; views with strides are copied to C order first. */
export function encodeNpy(array: NdArray<NpyData>): Uint8Array {
  return new Uint8Array(dump(contiguous(array), array.shape))
}

/** The head of a .npy file whose elements will be streamed after it; its length is a multiple of 64. */
export function npyHeader(dtype: StoredDType, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const text = `{'descr': '${dtype === 'f32' ? '<f4' : '<f2'}', 'fortran_order': False, 'shape': (${axes}), }`
  const total = 64 * Math.ceil((10 + text.length + 1) / 64)
  const bytes = new Uint8Array(total).fill(0x20)
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, (total - 10) & 255, (total - 10) >> 8])
  bytes.set(new TextEncoder().encode(text), 10)
  bytes[total - 1] = 0x0a
  return bytes
}

/**
 * A user's vectors: [dim] or [rows, dim] (leading axes of 1 are dropped), any float or integer type, either byte order
 * and axis order, as f32 [rows, dim].
 * @throws FileError for other types or ranks, a wrong length, and for values that are not finite in f32.
 */
export function decodeVectors(bytes: Uint8Array, file: string): NdArray<Float32Array> {
  const header = parseNpyHeader(bytes, file)
  const read = ELEMENTS[header.descr.replace(/^[<>|=]/, '')]
  if (!read) throw refuse(`elements of type ${header.descr} are no numbers`, file)
  checkLength(bytes, { ...header, width: read.width }, file, false)
  const axes = header.shape.filter((d, i) => d !== 1 || i === header.shape.length - 1)
  if (axes.length === 0 || axes.length > 2 || elementsOf(axes) === 0)
    throw refuse(`the shape (${header.shape.join(', ')}) is not that of vectors, [dim] or [rows, dim]`, file)
  const [rows, dim] = axes.length === 2 ? [axes[0] ?? 0, axes[1] ?? 0] : [1, axes[0] ?? 0]
  return ndarray(toFloats(bytes, header, read, rows, dim, file), [rows, dim])
}

interface Element {
  readonly width: number
  get(view: DataView, at: number, little: boolean): number
}
const ELEMENTS: Readonly<Record<string, Element | undefined>> = {
  f2: { width: 2, get: (v, at, little) => expandFloat16(Uint16Array.of(v.getUint16(at, little)))[0] ?? 0 },
  f4: { width: 4, get: (v, at, little) => v.getFloat32(at, little) },
  f8: { width: 8, get: (v, at, little) => v.getFloat64(at, little) },
  i1: { width: 1, get: (v, at) => v.getInt8(at) },
  u1: { width: 1, get: (v, at) => v.getUint8(at) },
  i2: { width: 2, get: (v, at, little) => v.getInt16(at, little) },
  i4: { width: 4, get: (v, at, little) => v.getInt32(at, little) },
  i8: { width: 8, get: (v, at, little) => Number(v.getBigInt64(at, little)) },
}

function toFloats(bytes: Uint8Array, header: NpyHeader, read: Element, rows: number, dim: number, file: string) {
  const view = new DataView(bytes.buffer, bytes.byteOffset + header.dataOffset)
  const little = !header.descr.startsWith('>')
  const [rowStep, step] = header.fortranOrder ? [1, rows] : [dim, 1]
  const out = new Float32Array(rows * dim)
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < dim; i++) {
      const at = read.width * (row * rowStep + i * step)
      out[row * dim + i] = read.get(view, at, little)
      if (!Number.isFinite(out[row * dim + i]))
        throw refuse(`value ${i} of row ${row} is not a finite number`, file, header.dataOffset + at)
    }
  return out
}

function checkLength(bytes: Uint8Array, header: NpyHeader & { width: number }, file: string, exact: boolean): void {
  const need = header.dataOffset + header.width * elementsOf(header.shape)
  if (bytes.length < need || (exact && bytes.length > need))
    throw refuse(
      `${bytes.length} bytes, but type and shape (${header.shape.join(', ')}) make ${need}`,
      file,
      bytes.length,
    )
}

function contiguous(array: NdArray<NpyData>): NpyData {
  const { data, shape, stride, offset } = array
  const size = elementsOf(shape)
  if (shape.every((d, axis) => d === 1 || stride[axis] === elementsOf(shape.slice(axis + 1))))
    return data.subarray(offset, offset + size)
  const out = new (data.constructor as new (length: number) => NpyData)(size)
  const index = shape.map(() => 0)
  for (let i = 0; i < size; i++) {
    out[i] = data[index.reduce((at, n, axis) => at + n * (stride[axis] ?? 0), offset)] ?? 0
    for (let axis = index.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1
      index[axis] = next === shape[axis] ? 0 : next
      if (next !== shape[axis]) break
    }
  }
  return out
}
