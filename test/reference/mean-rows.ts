// mean-rows: the mean of a matrix over its rows.

import type { NdArray } from 'ndarray'
import { type F64, zeros } from './array.ts'

/** x [rows, columns] → [1, columns]. */
export function meanRows(input: NdArray): F64 {
  const [rows = 0, columns = 0] = input.shape
  const output = zeros([1, columns])
  for (let column = 0; column < columns; column++) {
    let sum = 0
    for (let row = 0; row < rows; row++) sum += input.get(row, column)
    output.set(0, column, sum / rows)
  }
  return output
}
