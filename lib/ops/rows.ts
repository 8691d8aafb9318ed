// rows: parts of a kept matrix: rows taken out of it, put into it, added to it.

import type { Dim } from '../core/shape.ts'
import { dim, expectShape, fixed, fold, type Op, operand, simpleOp, type Tensor, type Variant } from './op.ts'

interface Place {
  /** First row in the kept matrix, and how many. */
  readonly first: Dim
  readonly count: Dim
}

interface Put extends Pick<Place, 'first'> {
  readonly add: boolean
}

export const rowsTake = simpleOp<Place>({
  name: 'rows.take',
  infer(inputs, { count }) {
    const input = operand(inputs, 'input')
    expectShape('rows.take', 'input', input, 'f32', [null, null])
    return { output: { dtype: 'f32', shape: [count, dim(input, 1)] } }
  },
  size({ inputs, attributes }, resolve) {
    const columns = fixed(operand(inputs, 'input'), 1)
    const [first, count] = [resolve(attributes.first), resolve(attributes.count)]
    return { params: { first, count, columns }, groups: fold(Math.ceil((count * columns) / 64)) }
  },
  gradient({ inputs, outputs, attributes: { first } }, backward) {
    const gradient = backward.of(operand(outputs, 'output'))
    if (gradient !== undefined) addRows(gradient, backward.kept(operand(inputs, 'input')), first)
  },
})

const variant = (add: boolean): Variant => ({
  name: add ? 'add' : 'put',
  kernel: 'rows.put',
  knobs: { constants: { ADD: add } },
})
const [PUT, ADD] = [variant(false), variant(true)]

export const rowsPut: Op<Put> = {
  name: 'rows.put',
  variants: [PUT, ADD],
  infer(inputs, _attributes, updates) {
    const input = operand(inputs, 'input')
    expectShape('rows.put', 'input', input, 'f32', [null, null])
    expectShape('rows.put', 'kept', operand(updates, 'kept'), 'f32', [null, dim(input, 1)])
    return {}
  },
  choose: (_facts, node) => (node.attributes.add ? ADD : PUT),
  lower({ inputs, updates, attributes }, { kernel, knobs }) {
    const input = operand(inputs, 'input')
    return [
      {
        kernel,
        knobs,
        bindings: { ...inputs, ...updates },
        size(resolve) {
          const [first, count, columns] = [resolve(attributes.first), resolve(dim(input, 0)), fixed(input, 1)]
          return { params: { first, count, columns }, groups: fold(Math.ceil((count * columns) / 64)) }
        },
      },
    ]
  },
  gradient({ inputs, updates, attributes: { first } }, backward) {
    const [input, kept] = [operand(inputs, 'input'), operand(updates, 'kept')]
    if (backward.of(kept) === undefined || !backward.wants(input)) return
    backward.add(input, takeRows(backward.kept(kept), { first, count: dim(input, 0) }))
  },
}

/** kept[first .. first + count) → [count, columns]. */
export function takeRows(kept: Tensor, place: Place): Tensor<'f32', 2> {
  return kept.emit.node(rowsTake, { input: kept }, place).output as Tensor<'f32', 2>
}

/** kept[first + i] = input[i]. The rows must not have been read before: gradients take them for new ones. */
export function putRows(input: Tensor, kept: Tensor, first: Dim): void {
  input.emit.node(rowsPut, { input }, { first, add: false }, { kept })
}

/** kept[first + i] += input[i]. */
export function addRows(input: Tensor, kept: Tensor, first: Dim): void {
  input.emit.node(rowsPut, { input }, { first, add: true }, { kept })
}
