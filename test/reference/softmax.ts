// softmax over the last axis: output[row, i] = exp(input[row, i]) / sum over j of exp(input[row, j]). The largest value is taken
// off first, which changes nothing but keeps exp finite.

import type { NdArray } from 'ndarray'
import { type F64, zeros } from './array.ts'

/** x [rows, columns] → probabilities of the same shape. */
export function softmax(input: NdArray): F64 {
  const [rows = 0, columns = 0] = input.shape
  const output = zeros([rows, columns])
  for (let row = 0; row < rows; row++) {
    let largest = Number.NEGATIVE_INFINITY
    for (let i = 0; i < columns; i++) largest = Math.max(largest, input.get(row, i))
    let sum = 0
    for (let i = 0; i < columns; i++) sum += Math.exp(input.get(row, i) - largest)
    for (let i = 0; i < columns; i++) output.set(row, i, Math.exp(input.get(row, i) - largest) / sum)
  }
  return output
}
