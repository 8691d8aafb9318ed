// max-pool: 2×2 maximum, stride 2, odd edges dropped.

import { dim, expectShape, fixed, fold, type Op, operand, simpleOp, type Tensor } from './op.ts'

export const maxPool2d: Op = simpleOp({
  name: 'max-pool',
  infer(inputs) {
    const input = operand(inputs, 'input')
    expectShape('max-pool', 'input', input, 'f32', [null, null, null, null])
    const half = [fixed(input, 2), fixed(input, 3)].map(size => Math.floor(size / 2))
    return { output: { dtype: 'f32', shape: [dim(input, 0), dim(input, 1), ...half] } }
  },
  size(node, resolve) {
    const input = operand(node.inputs, 'input')
    const [height, width] = [fixed(input, 2), fixed(input, 3)]
    const planes = resolve(dim(input, 0)) * fixed(input, 1)
    const outputs = planes * Math.floor(height / 2) * Math.floor(width / 2)
    return { params: { planes, height, width }, groups: fold(Math.ceil(outputs / 64)) }
  },
  gradient({ inputs, outputs }, backward) {
    const input = operand(inputs, 'input')
    const gradient = backward.of(operand(outputs, 'output'))
    if (gradient === undefined) return
    backward.add(input, operand(input.emit.node(maxPoolBackward, { input, gradient }, {}), 'output'))
  },
})

export const maxPoolBackward: Op = simpleOp({
  name: 'max-pool.backward',
  infer: inputs => ({ output: { dtype: 'f32', shape: operand(inputs, 'input').shape } }),
  size(node, resolve) {
    const input = operand(node.inputs, 'input')
    const [height, width] = [fixed(input, 2), fixed(input, 3)]
    const planes = resolve(dim(input, 0)) * fixed(input, 1)
    return { params: { planes, height, width }, groups: fold(Math.ceil((planes * height * width) / 64)) }
  },
})

/** x [batch, channels, height, width] → [batch, channels, height/2, width/2], rounded down. */
export function maxPool(input: Tensor<'f32', 4>): Tensor<'f32', 4> {
  return input.emit.node(maxPool2d, { input }, {}).output as Tensor<'f32', 4>
}
