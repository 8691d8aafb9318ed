// rows: rows taken out of a matrix; rows put, or added, into one.

import type { NdArray } from 'ndarray'
import { type F64, map, zeros } from './array.ts'

/** input[first .. first + count). */
export function takeRows(input: NdArray, first: number, count: number): F64 {
  const [, columns = 0] = input.shape
  const output = zeros([count, columns])
  for (let row = 0; row < count; row++)
    for (let column = 0; column < columns; column++) output.set(row, column, input.get(first + row, column))
  return output
}

/** `kept` with the rows of `input` from `first` on in place of its own, or added to them. */
export function putRows(input: NdArray, kept: NdArray, first: number, add: boolean): F64 {
  const output = map(kept, x => x)
  const [rows = 0, columns = 0] = input.shape
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      output.set(first + row, column, input.get(row, column) + (add ? kept.get(first + row, column) : 0))
  return output
}
