// top-k: the k largest of each row, best first; of equal values the later index comes first. Two kernels: the best of
// every chunk, then k rounds of "take the best, look up its chunk's next".

import { ShapeError } from '../core/errors.ts'
import { dim, expectShape, fixed, fold, type Op, operand, type Step, type Tensor, type Variant } from './op.ts'

interface Attributes {
  readonly k: number
}

/** About the square root of a million: a round looks at chunks + columns / chunks elements. */
const CHUNK_LIMIT = 1024
const chunkCount = (columns: number): number =>
  Math.min(columns, Math.max(64, Math.min(CHUNK_LIMIT, Math.ceil(columns / 64))))

/** Threads a workgroup of both kernels. GPUs hide in threads what their loads cost: there, threads share a chunk too. */
const [FEW, MANY]: readonly [Variant, Variant] = [
  { name: 'workgroup-64', kernel: 'top-k.chunks', knobs: { constants: { WORKGROUP: 64, SLICES: 1 } } },
  { name: 'workgroup-256', kernel: 'top-k.chunks', knobs: { constants: { WORKGROUP: 256, SLICES: 8 } } },
]

export const topK: Op<Attributes> = {
  name: 'top-k',
  variants: [FEW, MANY],
  infer(inputs, { k }) {
    const input = operand(inputs, 'input')
    expectShape('top-k', 'input', input, 'f32', [null, null])
    const columns = fixed(input, 1)
    if (!Number.isInteger(k) || k < 1 || k > columns)
      throw new ShapeError(`top-k: k is ${k}; it must be from 1 to ${columns}, the length of a row`)
    const rows = dim(input, 0)
    return {
      best: { dtype: 'u32', shape: [rows, chunkCount(columns)] },
      indices: { dtype: 'u32', shape: [rows, k] },
      values: { dtype: 'f32', shape: [rows, k] },
    }
  },
  choose: ({ isHardware }) => (isHardware ? MANY : FEW),
  lower(node, { knobs: { constants = {} } }): Step[] {
    const input = operand(node.inputs, 'input')
    const [best, indices, values] = [
      operand(node.outputs, 'best'),
      operand(node.outputs, 'indices'),
      operand(node.outputs, 'values'),
    ]
    const columns = fixed(input, 1)
    const chunks = fixed(best, 1)
    const [WORKGROUP, SLICES] = [Number(constants.WORKGROUP), Number(constants.SLICES)]
    return [
      {
        kernel: 'top-k.chunks',
        knobs: { constants, flags: { SLICED: SLICES > 1 } },
        bindings: { input, best },
        size(resolve) {
          const rows = resolve(dim(input, 0))
          return { params: { rows, columns, chunks }, groups: fold(Math.ceil((rows * chunks * SLICES) / WORKGROUP)) }
        },
      },
      {
        kernel: 'top-k.select',
        knobs: { constants: { WORKGROUP, CHUNK_LIMIT } },
        bindings: { input, best, indices, values },
        size(resolve) {
          const rows = resolve(dim(input, 0))
          return { params: { rows, columns, chunks, k: node.attributes.k }, groups: fold(rows) }
        },
      },
    ]
  },
}

/** The k largest of each row of x [rows, columns]: indices and values [rows, k], best first. */
export function largestOf(input: Tensor<'f32', 2>, k: number): { indices: Tensor<'u32', 2>; values: Tensor<'f32', 2> } {
  const { indices, values } = input.emit.node(topK, { input }, { k })
  return { indices: indices as Tensor<'u32', 2>, values: values as Tensor<'f32', 2> }
}
