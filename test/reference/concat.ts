// concat: two matrices side by side.

import type { NdArray } from 'ndarray'
import { type F64, zeros } from './array.ts'

/** a [rows, m], b [rows, n] → [rows, m + n]. */
export function concat(input: NdArray, other: NdArray): F64 {
  const [rows = 0, m = 0] = input.shape
  const [, n = 0] = other.shape
  const output = zeros([rows, m + n])
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < m; i++) output.set(row, i, input.get(row, i))
    for (let i = 0; i < n; i++) output.set(row, m + i, other.get(row, i))
  }
  return output
}
