// top-k: the k largest of each row, largest first; of equal values the later one first (numpy's argsort, reversed).

import type { NdArray } from 'ndarray'
import { type F64, zeros } from './array.ts'

/** x [rows, columns] → indices and values [rows, k]. */
export function topK(input: NdArray, k: number): { indices: F64; values: F64 } {
  const [rows = 0, columns = 0] = input.shape
  const [indices, values] = [zeros([rows, k]), zeros([rows, k])]
  for (let row = 0; row < rows; row++) {
    const order = Array.from({ length: columns }, (_, i) => i)
    order.sort((a, b) => input.get(row, b) - input.get(row, a) || b - a)
    for (const [place, i] of order.slice(0, k).entries()) {
      indices.set(row, place, i)
      values.set(row, place, input.get(row, i))
    }
  }
  return { indices, values }
}
