// gru-cell: one GRU step with all gates in one pass over the recurrent weights. The inputs' projections (x·W + b) come
// ready-made, for all words of a batch from one gemm.

import { ShapeError } from '../core/errors.ts'
import { type Dim, largest, showShape } from '../core/shape.ts'
import type { AdapterFacts } from '../gpu/facts.ts'
import { expectShape, fixed, fold, type Node, type Op, operand, type Tensor, type Variant } from './op.ts'

interface Attributes {
  /** Rows of this step. */
  readonly rows: Dim
  /** First row of this step in the projections. */
  readonly offset: Dim
}

const variant = (name: string, tm: number): Variant => ({ name, kernel: 'gru-cell', knobs: { constants: { TM: tm } } })
const variants: readonly [Variant, Variant] = [variant('rows-4', 4), variant('rows-1', 1)]
const WORKGROUP = 64

export const gruCell: Op<Attributes> = {
  name: 'gru-cell',
  variants,
  infer({ state, input, weight, parents }) {
    if (state === undefined || input === undefined || weight === undefined)
      throw new ShapeError('gru-cell: state, input or weight is missing')
    const units = fixed(state, 1)
    expectShape('gru-cell', 'input', input, 'f32', [null, 3 * units])
    expectShape('gru-cell', 'weight', weight, 'f32', [3 * units, units])
    if (parents !== undefined && parents.dtype !== 'u32')
      throw new ShapeError(`gru-cell: parents are ${parents.dtype}${showShape(parents.shape)}, expected u32`)
    return { output: { dtype: 'f32', shape: state.shape } }
  },
  choose: (_facts: AdapterFacts, node: Node<Attributes>) =>
    largest(node.attributes.rows) < 4 ? variants[1] : variants[0],
  lower(node, { kernel, knobs }) {
    const { rows: rowCount, offset } = node.attributes
    const units = fixed(operand(node.inputs, 'state'), 1)
    return [
      {
        kernel,
        knobs: { ...knobs, flags: { PARENTS: node.inputs.parents !== undefined } },
        bindings: { ...node.inputs, ...node.outputs },
        size(resolve) {
          const rows = resolve(rowCount)
          const params = { rows, units, offset: resolve(offset) }
          const [y, z] = fold(Math.ceil(rows / Number(knobs.constants?.TM)))
          return { params, groups: [Math.ceil(units / WORKGROUP), y, z] }
        },
      },
    ]
  },
}

/**
 * One step. state [rows, units]; projections x·W + b [*, 3·units], this step's at `offset`; recurrent U [3·units, units]
 * (reset | update | candidate). With `parents`, row i continues state[parents[i]].
 */
export function gruStep(
  state: Tensor<'f32', 2>,
  projections: Tensor<'f32', 2>,
  recurrent: Tensor<'f32', 2>,
  step: { rows: Dim; offset: Dim; parents?: Tensor<'u32', 1> },
): Tensor<'f32', 2> {
  const { rows, offset, parents } = step
  const inputs = { state, input: projections, weight: recurrent, ...(parents === undefined ? {} : { parents }) }
  return state.emit.node(gruCell, inputs, { rows, offset }).output as Tensor<'f32', 2>
}
