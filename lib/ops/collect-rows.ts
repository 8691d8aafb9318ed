// collect-rows: copies a range of rows into a kept tensor of the same shape.

import type { Dim } from '../core/shape.ts'
import { expectShape, fixed, fold, operand, simpleOp, type Tensor } from './op.ts'

interface Attributes {
  readonly first: Dim
  readonly count: Dim
}

export const collectRows = simpleOp<Attributes>({
  name: 'collect-rows',
  infer(inputs, _attributes, updates) {
    const input = operand(inputs, 'input')
    expectShape('collect-rows', 'kept', operand(updates, 'kept'), 'f32', input.shape)
    return {}
  },
  size({ inputs, attributes }, resolve) {
    const columns = fixed(operand(inputs, 'input'), 1)
    const [first, count] = [resolve(attributes.first), resolve(attributes.count)]
    return { params: { first, count, columns }, groups: fold(Math.ceil((count * columns) / 64)) }
  },
})

/** kept[first .. first + count) = input[first .. first + count); both [rows, columns]. */
export function collect(input: Tensor<'f32', 2>, kept: Tensor<'f32', 2>, rows: Attributes): void {
  input.emit.node(collectRows, { input }, rows, { kept })
}
