// concat: two matrices side by side.

import { dim, expectShape, fixed, fold, type Op, operand, simpleOp, type Tensor } from './op.ts'

export const concat: Op = simpleOp({
  name: 'concat',
  infer(inputs) {
    const [input, other] = [operand(inputs, 'input'), operand(inputs, 'other')]
    expectShape('concat', 'input', input, 'f32', [null, null])
    expectShape('concat', 'other', other, 'f32', [dim(input, 0), null])
    return { output: { dtype: 'f32', shape: [dim(input, 0), fixed(input, 1) + fixed(other, 1)] } }
  },
  size(node, resolve) {
    const [input, other] = [operand(node.inputs, 'input'), operand(node.inputs, 'other')]
    const params = { rows: resolve(dim(input, 0)), columns: fixed(input, 1), other_columns: fixed(other, 1) }
    return { params, groups: fold(Math.ceil((params.rows * (params.columns + params.other_columns)) / 64)) }
  },
  gradient({ inputs, outputs }, backward) {
    const [input, other] = [operand(inputs, 'input'), operand(inputs, 'other')]
    const gradient = backward.of(operand(outputs, 'output'))
    if (gradient === undefined) return
    const part = (of: Tensor, first: number) =>
      operand(gradient.emit.node(concatPart, { input: gradient }, { first, columns: fixed(of, 1) }), 'output')
    if (backward.wants(input)) backward.add(input, part(input, 0))
    if (backward.wants(other)) backward.add(other, part(other, fixed(input, 1)))
  },
})

interface Part {
  readonly first: number
  readonly columns: number
}

export const concatPart: Op<Part> = simpleOp({
  name: 'concat.part',
  infer: (inputs, { columns }) => ({ output: { dtype: 'f32', shape: [dim(operand(inputs, 'input'), 0), columns] } }),
  size({ inputs, attributes }, resolve) {
    const input = operand(inputs, 'input')
    const params = { rows: resolve(dim(input, 0)), all_columns: fixed(input, 1), ...attributes }
    return { params, groups: fold(Math.ceil((params.rows * params.columns) / 64)) }
  },
})

/** a [rows, m], b [rows, n] → [rows, m + n]. */
export function join(input: Tensor<'f32', 2>, other: Tensor<'f32', 2>): Tensor<'f32', 2> {
  return input.emit.node(concat, { input, other }, {}).output as Tensor<'f32', 2>
}
