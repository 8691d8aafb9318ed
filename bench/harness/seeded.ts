// Numbers from a hash, the same in every language: value i of a tensor is ((hash(i, seed) >> 8) · 2⁻²³ − 1) · scale, in float32.
// bench/peers/common.py has the same function.

import { expandFloat16, narrowToFloat16 } from '../../lib/core/float16.ts'
import { hash } from '../../lib/core/random.ts'
import type { WeightSource } from '../../lib/gpu/weights.ts'

/** A tensor that need not be stored: shape in C order, seed, scale. */
export interface Seeded {
  readonly shape: readonly number[]
  readonly seed: number
  readonly scale: number
}

export const elements = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1)

/** Its value at a flat index. */
export const valueAt = ({ seed, scale }: Seeded, index: number): number =>
  Math.fround(((hash(index, seed) >>> 8) * 2 ** -23 - 1) * Math.fround(scale))

/** Its values from `first` on. */
export function values(tensor: Seeded, first = 0, count = elements(tensor.shape) - first): Float32Array {
  const out = new Float32Array(count)
  for (let i = 0; i < count; i++) out[i] = valueAt(tensor, first + i)
  return out
}

/** The same numbers rounded to halves. */
export const halved = (weight: WeightSource): WeightSource => ({
  shape: weight.shape,
  isHalf: true,
  async *parts(maxElements) {
    for await (const { offset, data } of weight.parts(maxElements)) yield { offset, data: roundedToHalves(data) }
  },
})

export const roundedToHalves = (values: Float32Array): Float32Array => expandFloat16(narrowToFloat16(values))

/** As a weight, made part by part. */
export const source = (tensor: Seeded): WeightSource => ({
  shape: tensor.shape,
  async *parts(maxElements) {
    const all = elements(tensor.shape)
    for (let offset = 0; offset < all; offset += maxElements)
      yield { offset, data: values(tensor, offset, Math.min(maxElements, all - offset)) }
  },
})

/** A matrix [rows, columns] as the weight [columns, rows]. */
export function transposed(tensor: Seeded): WeightSource {
  const [rows = 1, columns = 1] = tensor.shape
  return {
    shape: [columns, rows],
    async *parts(maxElements) {
      for (let offset = 0; offset < rows * columns; offset += maxElements) {
        const data = new Float32Array(Math.min(maxElements, rows * columns - offset))
        for (let i = 0; i < data.length; i++) {
          const [column, row] = [Math.floor((offset + i) / rows), (offset + i) % rows]
          data[i] = valueAt(tensor, row * columns + column)
        }
        yield { offset, data }
      }
    },
  }
}
