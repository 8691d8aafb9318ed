// sum: all elements of a list, times a number: costs of rows become the cost of a batch.

import { dim, expectShape, operand, simpleOp, type Tensor } from './op.ts'

interface Attributes {
  readonly scale: number
}

export const sumAll = simpleOp<Attributes>({
  name: 'sum',
  infer(inputs) {
    expectShape('sum', 'input', operand(inputs, 'input'), 'f32', [null])
    return { output: { dtype: 'f32', shape: [1] } }
  },
  size: ({ inputs, attributes: { scale } }, resolve) => ({
    params: { length: resolve(dim(operand(inputs, 'input'), 0)), scale },
    groups: [1, 1, 1],
  }),
})

/** x [n] → [1]: scale · Σ x. */
export function total(input: Tensor<'f32', 1>, scale = 1): Tensor<'f32', 1> {
  return input.emit.node(sumAll, { input }, { scale }).output as Tensor<'f32', 1>
}
