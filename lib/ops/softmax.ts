// softmax over the last axis of a matrix.

import { dim, expectShape, fixed, fold, operand, simpleOp, type Tensor } from './op.ts'

export const softmaxRows = simpleOp({
  name: 'softmax',
  infer(inputs) {
    const input = operand(inputs, 'input')
    expectShape('softmax', 'input', input, 'f32', [null, null])
    return { output: { dtype: 'f32', shape: input.shape } }
  },
  size(node, resolve) {
    const input = operand(node.inputs, 'input')
    const rows = resolve(dim(input, 0))
    return { params: { rows, columns: fixed(input, 1) }, groups: fold(rows) }
  },
})

/** x [rows, columns] → probabilities of the same shape. */
export function softmax(input: Tensor<'f32', 2>): Tensor<'f32', 2> {
  return input.emit.node(softmaxRows, { input }, {}).output as Tensor<'f32', 2>
}
