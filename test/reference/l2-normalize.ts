// l2-normalize: each row divided by its Euclidean length; a row of zeros stays zero.

import type { NdArray } from 'ndarray'
import { type F64, zeros } from './array.ts'

/** x [rows, columns] → the same shape, rows of length 1. */
export function l2Normalize(input: NdArray): F64 {
  const [rows = 0, columns = 0] = input.shape
  const output = zeros([rows, columns])
  for (let row = 0; row < rows; row++) {
    let squares = 0
    for (let i = 0; i < columns; i++) squares += input.get(row, i) ** 2
    const length = Math.sqrt(squares)
    for (let i = 0; i < columns; i++) output.set(row, i, length === 0 ? 0 : input.get(row, i) / length)
  }
  return output
}
