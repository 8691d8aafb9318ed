// segment-sum: sums of consecutive rows (the bag-of-words sentence encoder).

import type { Dim } from '../core/shape.ts'
import { expectShape, fixed, fold, operand, simpleOp, type Tensor } from './op.ts'

interface Attributes {
  readonly segments: Dim
}

export const segmentSum = simpleOp<Attributes>({
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
})

/** rows [*, columns], starts [segments + 1] (rising) → [segments, columns]: sums of rows starts[s] .. starts[s + 1] - 1. */
export function sumSegments(input: Tensor<'f32', 2>, starts: Tensor<'u32', 1>, segments: Dim): Tensor<'f32', 2> {
  return input.emit.node(segmentSum, { input, starts }, { segments }).output as Tensor<'f32', 2>
}
