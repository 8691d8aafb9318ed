// collect-rows: some rows of a matrix take the place of the same rows of another; the rest of that one stays.

import type { NdArray } from 'ndarray'
import { type F64, map } from './array.ts'

/** `kept` [rows, columns] with rows first .. first + count - 1 from `input` [rows, columns]. */
export function collectRows(input: NdArray, kept: NdArray, first: number, count: number): F64 {
  const output = map(kept, x => x)
  const [, columns = 0] = input.shape
  for (let row = first; row < first + count; row++)
    for (let column = 0; column < columns; column++) output.set(row, column, input.get(row, column))
  return output
}
