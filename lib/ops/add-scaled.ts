// add-scaled: x + scale · y: weight decay, added to a gradient.

import { ShapeError } from '../core/errors.ts'
import { type Dim, sameShape, showShape } from '../core/shape.ts'
import { fold, operand, simpleOp, type Tensor } from './op.ts'

interface Attributes {
  readonly scale: number
}

export const scaledSum = simpleOp<Attributes>({
  name: 'add-scaled',
  infer(inputs) {
    const [input, other] = [operand(inputs, 'input'), operand(inputs, 'other')]
    if (!sameShape(input.shape, other.shape))
      throw new ShapeError(
        `add-scaled: ${input.label} is ${showShape(input.shape)}, ${other.label} is ${showShape(other.shape)}; they must be equal`,
      )
    return { output: { dtype: 'f32', shape: input.shape } }
  },
  size({ inputs, attributes: { scale } }, resolve) {
    const sizes = (operand(inputs, 'input').shape as readonly Dim[]).map(resolve)
    const length = sizes.reduce((n, d) => n * d, 1)
    return { params: { length, scale }, groups: fold(Math.ceil(length / 64)) }
  },
})

/** x + scale · y, both of one shape. */
export function addScaled(input: Tensor, other: Tensor, scale: number): Tensor {
  return operand(input.emit.node(scaledSum, { input, other }, { scale }), 'output')
}
