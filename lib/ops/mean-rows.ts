// mean-rows: the mean of a matrix over its rows.

import { dim, expectShape, fixed, fold, operand, simpleOp, type Tensor } from './op.ts'

export const meanRows = simpleOp({
  name: 'mean-rows',
  infer(inputs) {
    const input = operand(inputs, 'input')
    expectShape('mean-rows', 'input', input, 'f32', [null, null])
    return { output: { dtype: 'f32', shape: [1, dim(input, 1)] } }
  },
  size(node, resolve) {
    const input = operand(node.inputs, 'input')
    const columns = fixed(input, 1)
    return { params: { rows: resolve(dim(input, 0)), columns }, groups: fold(Math.ceil(columns / 64)) }
  },
})

/** x [rows, columns] → [1, columns]. */
export function mean(input: Tensor<'f32', 2>): Tensor<'f32', 2> {
  return input.emit.node(meanRows, { input }, {}).output as Tensor<'f32', 2>
}
