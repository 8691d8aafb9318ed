// embedding-rows: the rows of a table that ids name; -1 is a row of zeros.

import type { NdArray } from 'ndarray'
import { type F64, zeros } from './array.ts'

/** ids [n], table [rows, columns] → [n, columns]. */
export function embeddingRows(ids: NdArray, table: NdArray): F64 {
  const [count = 0] = ids.shape
  const [, columns = 0] = table.shape
  const output = zeros([count, columns])
  for (let i = 0; i < count; i++)
    for (let column = 0; column < columns; column++)
      output.set(i, column, ids.get(i) === -1 ? 0 : table.get(ids.get(i), column))
  return output
}
