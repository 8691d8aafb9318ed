// segment-sum: sums of consecutive rows (the bag-of-words sentence encoder).

import type { Dim } from '../core/shape.ts'
import { dim, expectShape, fixed, fold, type Op, operand, simpleOp, type Tensor } from './op.ts'

interface Attributes {
  readonly segments: Dim
}

export const segmentSum: Op<Attributes> = simpleOp({
  name: 'segment-sum',
  infer(inputs, { segments }) {
    const input = operand(inputs, 'input')
    expectShape('segment-sum', 'input', input, 'f32', [null, null])
    expectShape('segment-sum', 'starts', operand(inputs, 'starts'), 'u32', [null])
    return { output: { dtype: 'f32', shape: [segments, fixed(input, 1)] } }
  },
  size({ inputs, attributes }, resolve) {
    const [segments, columns] = [resolve(attributes.segments), fixed(operand(inputs, 'input'), 1)]
    return { params: { segments, columns }, groups: fold(Math.ceil((segments * columns) / 64)) }
  },
  gradient({ inputs, outputs, attributes: { segments } }, backward) {
    const [input, starts] = [operand(inputs, 'input'), operand(inputs, 'starts')]
    const gradient = backward.of(operand(outputs, 'output'))
    if (gradient === undefined) return
    const spread = { segments, rows: dim(input, 0) }
    backward.add(input, operand(input.emit.node(segmentSpread, { input: gradient, starts }, spread), 'output'))
  },
})

export const segmentSpread: Op<Attributes & { readonly rows: Dim }> = simpleOp({
  name: 'segment-sum.backward',
  infer: (inputs, { rows }) => ({ output: { dtype: 'f32', shape: [rows, dim(operand(inputs, 'input'), 1)] } }),
  size({ inputs, attributes }, resolve) {
    const [rows, segments] = [resolve(attributes.rows), resolve(attributes.segments)]
    const columns = fixed(operand(inputs, 'input'), 1)
    return { params: { rows, segments, columns }, groups: fold(Math.ceil((rows * columns) / 64)) }
  },
})

/** rows [*, columns], starts [segments + 1] (rising) → [segments, columns]: sums of rows starts[s] .. starts[s + 1] - 1. */
export function sumSegments(input: Tensor<'f32', 2>, starts: Tensor<'u32', 1>, segments: Dim): Tensor<'f32', 2> {
  return input.emit.node(segmentSum, { input, starts }, { segments }).output as Tensor<'f32', 2>
}
