// square-sum: squared norms of many tensors, and the factor that clips them together. Each tensor sums into its own parts of one kept
// list; nothing waits, nothing is read back.

import { capacity, type Dim } from '../core/shape.ts'
import { expectShape, fixed, fold, operand, simpleOp, type Tensor } from './op.ts'

/** Elements that one workgroup sums up. */
const PART = 4096

/** How many parts a tensor of fixed size has. */
export const partsOf = ({ shape }: Tensor): number => Math.ceil(capacity(shape as readonly Dim[]) / PART)

interface Place {
  /** The tensor's first part in the list. */
  readonly first: number
}

export const squareSum = simpleOp<Place>({
  name: 'square-sum',
  infer(_inputs, _place, updates) {
    expectShape('square-sum', 'parts', operand(updates, 'parts'), 'f32', [null])
    return {}
  },
  size({ inputs, attributes: { first } }) {
    const input = operand(inputs, 'input')
    const count = partsOf(input)
    return { params: { length: capacity(input.shape as readonly Dim[]), first, count }, groups: fold(count) }
  },
})

interface Clip {
  readonly limit: number
}

export const squareSumClip = simpleOp<Clip>({
  name: 'square-sum.clip',
  infer: () => ({ output: { dtype: 'f32', shape: [2] } }),
  size: ({ inputs, attributes: { limit } }) => ({
    params: { length: fixed(operand(inputs, 'parts'), 0), limit: Math.max(0, limit) },
    groups: [1, 1, 1],
  }),
})

/** parts[first ..] = the squares of `input`, summed in parts. */
export function squaresInto(input: Tensor, parts: Tensor<'f32', 1>, first: number): void {
  input.emit.node(squareSum, { input }, { first }, { parts })
}

/** All parts → [squared norm, factor that brings the norm to at most `limit`]; a limit of 0 or less: none. */
export function clipFactor(parts: Tensor<'f32', 1>, limit: number): Tensor<'f32', 1> {
  return parts.emit.node(squareSumClip, { parts }, { limit }).output as Tensor<'f32', 1>
}
