// contrastive: the image-sentence embedding's cost: each picture against all captions but its own, each caption against all pictures
// but its own. Makes its gradient as it goes.

import { dim, expectShape, fold, operand, simpleOp, type Tensor } from './op.ts'

interface Attributes {
  readonly margin: number
}

export const contrastiveScores = simpleOp<Attributes>({
  name: 'contrastive',
  infer(inputs) {
    const scores = operand(inputs, 'scores')
    expectShape('contrastive', 'scores', scores, 'f32', [null, dim(scores, 0)])
    return { cost: { dtype: 'f32', shape: [dim(scores, 0)] }, gradient: { dtype: 'f32', shape: scores.shape } }
  },
  size({ inputs, attributes: { margin } }, resolve) {
    const size = resolve(dim(operand(inputs, 'scores'), 0))
    return { params: { size, margin }, groups: fold(Math.ceil(size ** 2 / 64)) }
  },
  gradient({ inputs, outputs }, backward) {
    backward.add(operand(inputs, 'scores'), operand(outputs, 'gradient'))
  },
})

/** scores [n, n] of pictures (rows) and captions (columns), the pairs on the diagonal → the cost of each picture's row [n]. */
export function contrastiveCost(scores: Tensor<'f32', 2>, margin: number): Tensor<'f32', 1> {
  return scores.emit.node(contrastiveScores, { scores }, { margin }).cost as Tensor<'f32', 1>
}
