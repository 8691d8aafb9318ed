// channel-sum: sums over all axes but one: the gradient of a bias.

import type { Dim } from '../core/shape.ts'
import { dim, fixed, fold, operand, simpleOp, type Tensor } from './op.ts'

interface Attributes {
  readonly axis: number
}

export const channelSum = simpleOp<Attributes>({
  name: 'channel-sum',
  infer(inputs, { axis }) {
    return { output: { dtype: 'f32', shape: [fixed(operand(inputs, 'input'), axis)] } }
  },
  size({ inputs, attributes: { axis } }, resolve) {
    const input = operand(inputs, 'input')
    const sizes = (input.shape as readonly Dim[]).map(resolve)
    const product = (some: readonly number[]): number => some.reduce((n, d) => n * d, 1)
    const channels = resolve(dim(input, axis))
    const params = { outer: product(sizes.slice(0, axis)), channels, inner: product(sizes.slice(axis + 1)) }
    return { params, groups: fold(Math.ceil(channels / 64)) }
  },
})

/** x [..., channels, ...], channels along `axis` → [channels]. */
export function sumAlong(input: Tensor, axis: number): Tensor<'f32', 1> {
  return input.emit.node(channelSum, { input }, { axis }).output as Tensor<'f32', 1>
}
