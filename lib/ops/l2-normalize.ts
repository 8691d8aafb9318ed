// l2-normalize: each row divided by its L2 norm; a row of zeros stays zero.

import type { Resolve } from '../core/shape.ts'
import { dim, expectShape, fixed, fold, type Node, type Op, operand, type Size, simpleOp, type Tensor } from './op.ts'

function rowByRow({ inputs }: Node, resolve: Resolve): Size {
  const input = operand(inputs, 'input')
  const rows = resolve(dim(input, 0))
  return { params: { rows, columns: fixed(input, 1) }, groups: fold(rows) }
}

export const l2Normalize: Op = simpleOp({
  name: 'l2-normalize',
  infer(inputs) {
    const input = operand(inputs, 'input')
    expectShape('l2-normalize', 'input', input, 'f32', [null, null])
    return { output: { dtype: 'f32', shape: input.shape } }
  },
  size: rowByRow,
  gradient({ inputs, outputs }, backward) {
    const input = operand(inputs, 'input')
    const gradient = backward.of(operand(outputs, 'output'))
    if (gradient === undefined) return
    backward.add(input, operand(input.emit.node(l2NormalizeBackward, { input, gradient }, {}), 'output'))
  },
})

export const l2NormalizeBackward: Op = simpleOp({
  name: 'l2-normalize.backward',
  infer: l2Normalize.infer,
  size: rowByRow,
})

/** x [rows, columns], each row divided by its L2 norm. */
export function normalizeRows(input: Tensor<'f32', 2>): Tensor<'f32', 2> {
  return input.emit.node(l2Normalize, { input }, {}).output as Tensor<'f32', 2>
}
