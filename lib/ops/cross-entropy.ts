// cross-entropy: the cost of the words that should have come, in the original's form. Makes its gradient as it goes: a cost is only
// ever a term of the sum that is minimised.

import { dim, expectShape, fixed, fold, operand, simpleOp, type Tensor } from './op.ts'

export const crossEntropyRows = simpleOp({
  name: 'cross-entropy',
  infer(inputs) {
    const logits = operand(inputs, 'logits')
    expectShape('cross-entropy', 'logits', logits, 'f32', [null, null])
    expectShape('cross-entropy', 'targets', operand(inputs, 'targets'), 'i32', [dim(logits, 0)])
    return { cost: { dtype: 'f32', shape: [dim(logits, 0)] }, gradient: { dtype: 'f32', shape: logits.shape } }
  },
  size({ inputs }, resolve) {
    const logits = operand(inputs, 'logits')
    const rows = resolve(dim(logits, 0))
    return { params: { rows, columns: fixed(logits, 1) }, groups: fold(rows) }
  },
  gradient({ inputs, outputs }, backward) {
    backward.add(operand(inputs, 'logits'), operand(outputs, 'gradient'))
  },
})

/** logits [rows, columns], targets [rows] below `columns` → [rows]: −log(softmax(logits)[target] + 1e-8). */
export function crossEntropy(logits: Tensor<'f32', 2>, targets: Tensor<'i32', 1>): Tensor<'f32', 1> {
  return logits.emit.node(crossEntropyRows, { logits, targets }, {}).cost as Tensor<'f32', 1>
}
