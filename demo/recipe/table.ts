// A matrix in memory as the table of vectors that examples read their rows from.

import type { NdArray } from 'ndarray'
import type { VectorTable } from '../../lib/train/examples.ts'

export function table({ data, shape }: NdArray<Float32Array>): VectorTable {
  const dim = shape[1] ?? 0
  return {
    dim,
    async read(rows) {
      const out = new Float32Array(rows.length * dim)
      for (const [i, row] of rows.entries()) out.set(data.subarray(row * dim, (row + 1) * dim), i * dim)
      return out
    },
  }
}
