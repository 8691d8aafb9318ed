// conv2d-gradient: what takes gradients back through a 3×3 convolution: the filters turned round, and the gradient of the filters.

import { ShapeError } from '../core/errors.ts'
import { showShape } from '../core/shape.ts'
import { channelSum } from './channel-sum.ts'
import {
  dim,
  expectShape,
  fixed,
  fold,
  type Op,
  operand,
  type Step,
  scratch,
  simpleOp,
  type Tensor,
  type Variant,
} from './op.ts'

export const convFlip = simpleOp({
  name: 'conv2d.flip',
  infer(inputs) {
    const input = operand(inputs, 'input')
    expectShape('conv2d.flip', 'input', input, 'f32', [null, null, 3, 3])
    return { output: { dtype: 'f32', shape: [dim(input, 1), dim(input, 0), 3, 3] } }
  },
  size({ inputs }) {
    const input = operand(inputs, 'input')
    const params = { outputs: fixed(input, 0), inputs: fixed(input, 1) }
    return { params, groups: fold(Math.ceil((9 * params.outputs * params.inputs) / 64)) }
  },
})

const PARTS: Variant = { name: 'parts', kernel: 'conv2d.backward', knobs: {} }
/** Threads that keep an adapter busy; few filters over large pictures are divided until there are as many. */
const THREADS = 4096
const MOST_PARTS = 256

export const convBackward: Op = {
  name: 'conv2d.backward',
  variants: [PARTS],
  infer(inputs) {
    const [input, gradient] = [operand(inputs, 'input'), operand(inputs, 'gradient')]
    const fits = [0, 2, 3].every(axis => dim(input, axis) === dim(gradient, axis))
    if (!fits)
      throw new ShapeError(
        `conv2d.backward: input (${input.label}) is ${showShape(input.shape)}, gradient (${gradient.label}) is ${showShape(gradient.shape)}`,
      )
    return { output: { dtype: 'f32', shape: [dim(gradient, 1), dim(input, 1), 3, 3] } }
  },
  choose: () => PARTS,
  lower(node): Step[] {
    const { inputs, outputs } = node
    const [input, gradient] = [operand(inputs, 'input'), operand(inputs, 'gradient')]
    const [in_channels, out_channels] = [fixed(input, 1), fixed(gradient, 1)]
    const [height, width] = [fixed(input, 2), fixed(input, 3)]
    const threads = Math.ceil(out_channels / 4) * in_channels
    const parts = Math.min(MOST_PARTS, Math.ceil(THREADS / threads))
    const filters = out_channels * in_channels * 9
    const partial = scratch(node, `${node.label} parts`, [parts, filters])
    return [
      {
        kernel: PARTS.kernel,
        knobs: {},
        bindings: { input, gradient, output: partial },
        size(resolve) {
          const params = { batch: resolve(dim(input, 0)), in_channels, out_channels, height, width, parts }
          return { params, groups: fold(Math.ceil((parts * threads) / 64)) }
        },
      },
      {
        kernel: channelSum.name,
        knobs: {},
        bindings: { input: partial, ...outputs },
        size: () => ({ params: { outer: parts, channels: filters, inner: 1 }, groups: fold(Math.ceil(filters / 64)) }),
      },
    ]
  },
}

/** filters [out, in, 3, 3] → [in, out, 3, 3], each turned by half a turn. */
export function flipped(filters: Tensor): Tensor<'f32', 4> {
  return filters.emit.node(convFlip, { input: filters }, {}).output as Tensor<'f32', 4>
}

/** input [batch, in, height, width], gradient of the output [batch, out, height, width] → [out, in, 3, 3]. */
export function filterGradient(input: Tensor, gradient: Tensor): Tensor<'f32', 4> {
  return input.emit.node(convBackward, { input, gradient }, {}).output as Tensor<'f32', 4>
}
