// gemm: output[m, n] = sum over k of input[m, k] · weight[n, k] + bias[n].

import type { NdArray } from 'ndarray'
import { type F64, zeros } from './array.ts'

/** input [m, k] · weightᵀ [n, k] + bias [n] → [m, n]. */
export function gemm(input: NdArray, weight: NdArray, bias?: NdArray): F64 {
  const [rows = 0, inner = 0] = input.shape
  const [columns = 0] = weight.shape
  const output = zeros([rows, columns])
  for (let m = 0; m < rows; m++)
    for (let n = 0; n < columns; n++) {
      let sum = bias === undefined ? 0 : bias.get(n)
      for (let k = 0; k < inner; k++) sum += input.get(m, k) * weight.get(n, k)
      output.set(m, n, sum)
    }
  return output
}
