// conv2d: 3×3 cross-correlation with padding 1 and stride 1, the only convolution of VGG-19. Takes over a bias, a ReLU
// and a 2×2 maximum.

import { ShapeError } from '../core/errors.ts'
import { showShape } from '../core/shape.ts'
import { ACTIVATIONS, type Activation, absorbable } from './elementwise.ts'
import { maxPool2d } from './max-pool.ts'
import { dim, expectShape, fixed, fold, type Op, operand, type Tensor, type Variant } from './op.ts'

interface Attributes {
  readonly activation: Activation
  readonly pool: boolean
}

/** What a thread computes: columns, rows, channels. */
const TILE = { x: 4, y: 2, channels: 4 }
const TILED: Variant = { name: 'tile-4x2x4', kernel: 'conv2d', knobs: {} }
const WORKGROUP = 64

export const conv2d: Op<Attributes> = {
  name: 'conv2d',
  variants: [TILED],
  infer({ input, weight, bias }, { pool }) {
    if (input === undefined || weight === undefined) throw new ShapeError('conv2d: input or weight is missing')
    expectShape('conv2d', 'input', input, 'f32', [null, null, null, null])
    expectShape('conv2d', 'weight', weight, 'f32', [null, dim(input, 1), 3, 3])
    if (bias !== undefined) expectShape('conv2d', 'bias', bias, 'f32', [dim(weight, 0)])
    const [height, width] = [fixed(input, 2), fixed(input, 3)]
    if (pool && (height < 2 || width < 2))
      throw new ShapeError(`conv2d: ${showShape(input.shape)} is too small to pool`)
    const shape = pool ? [Math.floor(height / 2), Math.floor(width / 2)] : [height, width]
    return { output: { dtype: 'f32', shape: [dim(input, 0), dim(weight, 0), ...shape] } }
  },
  choose: () => TILED,
  lower(node, { kernel }) {
    const { activation, pool } = node.attributes
    const input = operand(node.inputs, 'input')
    return [
      {
        kernel,
        knobs: {
          constants: { ACTIVATION: ACTIVATIONS[activation], POOL: pool },
          flags: { BIAS: node.inputs.bias !== undefined },
        },
        bindings: { ...node.inputs, ...node.outputs },
        size(resolve) {
          const [in_channels, height, width] = [fixed(input, 1), fixed(input, 2), fixed(input, 3)]
          const out_channels = fixed(operand(node.inputs, 'weight'), 0)
          const tiles = Math.ceil(width / TILE.x) * Math.ceil(height / TILE.y)
          const [x, y] = fold(Math.ceil((tiles * Math.ceil(out_channels / TILE.channels)) / WORKGROUP))
          return { params: { in_channels, out_channels, height, width }, groups: [x, y, resolve(dim(input, 0))] }
        },
      },
    ]
  },
  absorb(node, consumer) {
    const { attributes, inputs } = node
    if (attributes.pool) return undefined
    if (consumer.op.name === maxPool2d.name) return { ...node, attributes: { ...attributes, pool: true } }
    const taken = absorbable(consumer, 1)
    if (taken === undefined || attributes.activation !== 'none') return undefined
    if ('activation' in taken)
      return taken.activation === 'relu' ? { ...node, attributes: { ...attributes, activation: 'relu' } } : undefined
    return inputs.bias === undefined ? { ...node, inputs: { ...inputs, bias: taken.bias } } : undefined
  },
}

/** input [batch, in, height, width] * weight [out, in, 3, 3] → [batch, out, height, width]; padding 1, stride 1, no flip. */
export function convolve(input: Tensor<'f32', 4>, weight: Tensor<'f32', 4>): Tensor<'f32', 4> {
  return input.emit.node(conv2d, { input, weight }, { activation: 'none', pool: false }).output as Tensor<'f32', 4>
}
