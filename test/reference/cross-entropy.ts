// cross-entropy: −log(p + 1e-8) of each row's target, p its softmax probability; and the gradient of that with respect to the logits,
// p/(p + 1e-8) · (softmax − one-hot).

import type { NdArray } from 'ndarray'
import { type F64, zeros } from './array.ts'
import { softmax } from './softmax.ts'

export function crossEntropy(logits: NdArray, targets: NdArray): { cost: F64; gradient: F64 } {
  const gradient = softmax(logits)
  const [rows = 0, columns = 0] = logits.shape
  const cost = zeros([rows])
  for (let row = 0; row < rows; row++) {
    const target = targets.get(row)
    const chance = gradient.get(row, target)
    cost.set(row, -Math.log(chance + 1e-8))
    for (let i = 0; i < columns; i++)
      gradient.set(row, i, (chance / (chance + 1e-8)) * (gradient.get(row, i) - (i === target ? 1 : 0)))
  }
  return { cost, gradient }
}
