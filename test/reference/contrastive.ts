// contrastive: scores [n, n] of pictures (rows) and captions (columns), the pairs on the diagonal. For each wrong pair (i, j) two hinges:
// the score against that of caption j's own picture, and against that of picture i's own caption.

import type { NdArray } from 'ndarray'
import { type F64, zeros } from './array.ts'

/** The cost of each row, and the gradient of their sum. */
export function contrastive(scores: NdArray, margin: number): { cost: F64; gradient: F64 } {
  const [size = 0] = scores.shape
  const [cost, gradient] = [zeros([size]), zeros([size, size])]
  const add = (i: number, j: number, amount: number) => gradient.set(i, j, gradient.get(i, j) + amount)
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) {
      if (i === j) continue
      for (const pair of [j, i]) {
        const excess = margin - scores.get(pair, pair) + scores.get(i, j)
        if (excess <= 0) continue
        cost.set(i, cost.get(i) + excess)
        add(i, j, 1)
        add(pair, pair, -1)
      }
    }
  return { cost, gradient }
}
