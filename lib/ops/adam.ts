// adam: one step of the optimiser on one parameter, in place.

import { ShapeError } from '../core/errors.ts'
import { capacity, type Dim, sameShape, showShape } from '../core/shape.ts'
import { expectShape, fold, operand, simpleOp, type Tensor } from './op.ts'

export const adam = simpleOp({
  name: 'adam',
  infer(inputs, _attributes, updates) {
    const weight = operand(updates, 'weight')
    for (const tensor of [operand(inputs, 'gradient'), operand(updates, 'mean'), operand(updates, 'square')])
      if (!sameShape(tensor.shape, weight.shape))
        throw new ShapeError(
          `adam: ${tensor.label} is ${showShape(tensor.shape)}, ${weight.label} is ${showShape(weight.shape)}; they must be equal`,
        )
    for (const name of ['norm', 'rates']) expectShape('adam', name, operand(inputs, name), 'f32', [2])
    return {}
  },
  size({ updates }) {
    const length = capacity(operand(updates, 'weight').shape as readonly Dim[])
    return { params: { length }, groups: fold(Math.ceil(length / 64)) }
  },
})

/** What a step changes: a parameter and the running means of its gradient and of its square. */
export interface Trained {
  readonly weight: Tensor
  readonly mean: Tensor
  readonly square: Tensor
}

/** One step; `norm` comes from clipFactor, `rates` are the step size and what v is multiplied by (kernels/adam.wgsl). */
export function adamStep(
  gradient: Tensor,
  { norm, rates }: { readonly norm: Tensor; readonly rates: Tensor },
  { weight, mean, square }: Trained,
): void {
  gradient.emit.node(adam, { gradient, norm, rates }, {}, { weight, mean, square })
}
