// product: matrix products in three forms: 'nt' input [m, k] · weight [n, k]ᵀ, 'nn' input [m, k] · weight [k, n], 'tn' input [k, m]ᵀ ·
// weight [k, n].

import type { NdArray } from 'ndarray'
import { type F64, zeros } from './array.ts'

export function product(form: 'nt' | 'nn' | 'tn', input: NdArray, weight: NdArray): F64 {
  const [rows = 0, columns = 0] = input.shape
  const [m, inner] = form === 'tn' ? [columns, rows] : [rows, columns]
  const n = weight.shape[form === 'nt' ? 0 : 1] ?? 0
  const output = zeros([m, n])
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0
      for (let k = 0; k < inner; k++) {
        const a = form === 'tn' ? input.get(k, i) : input.get(i, k)
        sum += a * (form === 'nt' ? weight.get(j, k) : weight.get(k, j))
      }
      output.set(i, j, sum)
    }
  return output
}
