// l2-normalize: each row divided by its L2 norm; a row of zeros stays zero.

import { dim, expectShape, fixed, fold, operand, simpleOp, type Tensor } from './op.ts'

export const l2Normalize = simpleOp({
  name: 'l2-normalize',
  infer(inputs) {
    const input = operand(inputs, 'input')
    expectShape('l2-normalize', 'input', input, 'f32', [null, null])
    return { output: { dtype: 'f32', shape: input.shape } }
  },
  size(node, resolve) {
    const input = operand(node.inputs, 'input')
    const rows = resolve(dim(input, 0))
    return { params: { rows, columns: fixed(input, 1) }, groups: fold(rows) }
  },
})

/** x [rows, columns], each row divided by its L2 norm. */
export function normalizeRows(input: Tensor<'f32', 2>): Tensor<'f32', 2> {
  return input.emit.node(l2Normalize, { input }, {}).output as Tensor<'f32', 2>
}
