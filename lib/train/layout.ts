// Where the original's arrays lie in the tensors on the device, and back. On the device weights are [out, in], and a GRU's three gates
// (reset | update | candidate) are one matrix, as in a bundle.

import ndarray, { type NdArray } from 'ndarray'
import { ShapeError } from '../core/errors.ts'
import type { BatchArray, NamedArrays } from './types.ts'

/** One of the original's arrays and its place. */
interface Slot {
  readonly name: string
  /** In the original. */
  readonly shape: readonly number[]
  /** The tensor on the device, and its first row that this array fills. */
  readonly target: string
  readonly first: number
  /** A matrix [in, out] that becomes rows [out, in]. */
  readonly turned: boolean
}

export interface DeviceTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** An array's values in C order, however it is strided. */
export function flat(array: BatchArray | NdArray<Float32Array>): Float32Array {
  const [a = 1, b = 1, c = 1, d = 1] = array.shape
  const values = new Float32Array(array.size)
  let at = 0
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++)
      for (let k = 0; k < c; k++) for (let l = 0; l < d; l++) values[at++] = Number(array.get(i, j, k, l))
  return values
}

const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1)

/** The arrays of one net, in the order of its .npz. */
export class Layout {
  #slots: Slot[] = []
  /** Tensors on the device with their shapes. */
  readonly tensors = new Map<string, number[]>()

  /** A table or list as it is. */
  same(name: string, target: string, shape: readonly number[]): this {
    return this.#add({ name, shape, target, first: 0, turned: false })
  }

  /** `NAME_W [inputs, outputs]` and `NAME_b [outputs]`. */
  affine(name: string, target: string, inputs: number, outputs: number): this {
    this.#add({ name: `${name}_W`, shape: [inputs, outputs], target: `${target}.W`, first: 0, turned: true })
    return this.#add({ name: `${name}_b`, shape: [outputs], target: `${target}.b`, first: 0, turned: false })
  }

  /** `NAME_W`, `_b`, `_U`, `_Wx`, `_Ux`, `_bx`. */
  gru(name: string, target: string, inputs: number, units: number): this {
    const matrix = (part: string, into: string, columns: number, rows: number, first: number) =>
      this.#add({ name: `${name}_${part}`, shape: [columns, rows], target: `${target}.${into}`, first, turned: true })
    const bias = (part: string, length: number, first: number) =>
      this.#add({ name: `${name}_${part}`, shape: [length], target: `${target}.b`, first, turned: false })
    matrix('W', 'W', inputs, 2 * units, 0)
    bias('b', 2 * units, 0)
    matrix('U', 'U', units, 2 * units, 0)
    matrix('Wx', 'W', inputs, units, 2 * units)
    matrix('Ux', 'U', units, units, 2 * units)
    return bias('bx', units, 2 * units)
  }

  #add(slot: Slot): this {
    const [rows = 1, ...rest] = slot.turned ? slot.shape.toReversed() : slot.shape
    const [have = 0] = this.tensors.get(slot.target) ?? []
    this.tensors.set(slot.target, [Math.max(have, slot.first + rows), ...rest])
    this.#slots.push(slot)
    return this
  }

  /** The original's arrays as the device has them. @throws ShapeError where one is missing, surplus or of another shape. */
  pack(arrays: NamedArrays): Map<string, DeviceTensor> {
    const names = new Set(this.#slots.map(({ name }) => name))
    const surplus = Object.keys(arrays).filter(name => !names.has(name))
    if (surplus.length > 0)
      throw new ShapeError(`this net has no parameter ${surplus.join(', ')}; it has ${[...names].join(', ')}`)
    const packed = new Map(
      [...this.tensors].map(([label, shape]) => [label, { shape, data: new Float32Array(size(shape)) }]),
    )
    for (const slot of this.#slots) this.#write(slot, arrays, packed)
    return packed
  }

  #write({ name, shape, target, first, turned }: Slot, arrays: NamedArrays, packed: Map<string, DeviceTensor>): void {
    const array = arrays[name]
    const data = packed.get(target)?.data
    if (array === undefined || data === undefined)
      throw new ShapeError(`parameter ${name} is missing; it is [${shape.join(', ')}]`)
    if (array.shape.length !== shape.length || array.shape.some((d, i) => d !== shape[i]))
      throw new ShapeError(
        `parameter ${name} is [${array.shape.join(', ')}], with these options it is [${shape.join(', ')}]`,
      )
    const [rows = 1, columns = 1] = shape
    if (!turned) return data.set(flat(array), first * (size(shape) / rows))
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) data[(first + j) * rows + i] = array.get(i, j)
  }

  /** The original's names of what is in a tensor on the device. */
  names(target: string): string[] {
    return this.#slots.filter(slot => slot.target === target).map(({ name }) => name)
  }

  /** Tensors as the device has them, by label, under the original's names and in its shapes. */
  unpack(tensors: ReadonlyMap<string, Float32Array>): NamedArrays {
    return Object.fromEntries(
      this.#slots.map(slot => [slot.name, ndarray(this.#read(slot, tensors.get(slot.target)), [...slot.shape])]),
    )
  }

  #read({ name, shape, first, turned }: Slot, data: Float32Array | undefined): Float32Array {
    if (data === undefined) throw new ShapeError(`parameter ${name} is not on the device`)
    const [rows = 1, columns = 1] = shape
    if (!turned) {
      const start = first * (size(shape) / rows)
      return data.slice(start, start + size(shape))
    }
    const array = new Float32Array(rows * columns)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) array[i * columns + j] = data[(first + j) * rows + i] ?? 0
    return array
  }
}
