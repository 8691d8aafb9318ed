// gemv: one row against the large matrices of the story's way: fc6 of VGG-19, the decoder's logits, a GRU's recurrent product.

import type { Workload } from '../harness/measure.ts'
import { productCase } from './gemm.ts'

const cases = (half: boolean): Workload['cases'] => {
  const shape =
    (label: string, n: number, k: number): Workload['cases'][number] =>
    session =>
      productCase(session, label, [1, n, k], { limit: 'copy', op: 'gemv', half })
  return [
    shape('fc6 25088 → 4096', 4096, 25088),
    shape('logits 1600 → 20000', 20000, 1600),
    shape('GRU 2400 → 7200', 7200, 2400),
  ]
}

export const gemv: Workload = {
  name: 'gemv',
  title: 'one row: fc6, logits, GRU',
  unit: 'ms',
  cases: cases(false),
}

export const gemvHalf: Workload = {
  name: 'gemv-f16',
  title: 'the same, weights as halves',
  unit: 'ms',
  gpuOnly: true,
  cases: cases(true),
}
