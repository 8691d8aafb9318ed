// embedding-rows: rows of a table by id; -1 gives zeros (the decoder's first word). The table may come in pieces.

import { dim, expectShape, fixed, fold, type Op, operand, type Step, scratch, type Tensor, type Variant } from './op.ts'
import { addRows } from './rows.ts'

export const embeddingRows: Op = {
  name: 'embedding-rows',
  variants: [{ name: 'plain', kernel: 'embedding-rows', knobs: {} }],
  infer(inputs) {
    const [ids, weight] = [operand(inputs, 'ids'), operand(inputs, 'weight')]
    expectShape('embedding-rows', 'ids', ids, 'i32', [null])
    expectShape('embedding-rows', 'weight', weight, 'f32', [null, null])
    return { output: { dtype: 'f32', shape: [dim(ids, 0), dim(weight, 1)] } }
  },
  choose: () => ({ name: 'plain', kernel: 'embedding-rows', knobs: {} }),
  lower(node, { kernel, knobs }) {
    const [ids, weight] = [operand(node.inputs, 'ids'), operand(node.inputs, 'weight')]
    return [
      {
        kernel,
        knobs,
        bindings: { ...node.inputs, ...node.outputs },
        pieces: 'weight',
        size(resolve, { first, rows }) {
          const [count, columns] = [resolve(dim(ids, 0)), fixed(weight, 1)]
          return { params: { count, columns, first, rows }, groups: fold(Math.ceil((count * columns) / 64)) }
        },
      },
    ]
  },
  gradient({ inputs, outputs }, backward) {
    const [ids, weight] = [operand(inputs, 'ids'), operand(inputs, 'weight')]
    const input = backward.of(operand(outputs, 'output'))
    if (input === undefined || !backward.wants(weight)) return
    const rows = fixed(weight, 0)
    const gradient = operand(ids.emit.node(embeddingScatter, { ids, input }, { rows }), 'output')
    if (weight.storage === 'kept') addRows(gradient, backward.kept(weight), 0)
    else backward.add(weight, gradient)
  },
}

interface Scatter {
  /** Rows of the table. */
  readonly rows: number
}

const SCATTER: Variant = { name: 'chains', kernel: 'embedding-rows.scatter', knobs: {} }

/** Sums rows by their ids: deterministic, for floats are added in the order of the positions. */
export const embeddingScatter: Op<Scatter> = {
  name: 'embedding-rows.scatter',
  variants: [SCATTER],
  infer(inputs, { rows }) {
    const input = operand(inputs, 'input')
    expectShape('embedding-rows.scatter', 'input', input, 'f32', [null, null])
    expectShape('embedding-rows.scatter', 'ids', operand(inputs, 'ids'), 'i32', [dim(input, 0)])
    return { output: { dtype: 'f32', shape: [rows, dim(input, 1)] } }
  },
  choose: () => SCATTER,
  lower(node): Step[] {
    const { inputs, outputs, attributes } = node
    const [ids, input] = [operand(inputs, 'ids'), operand(inputs, 'input')]
    const { rows } = attributes
    const heads = scratch(node, `${node.label} heads`, [rows])
    const links = scratch(node, `${node.label} links`, [dim(input, 0)])
    return [
      {
        kernel: 'embedding-rows.clear',
        knobs: {},
        bindings: { heads },
        size: () => ({ params: { rows }, groups: fold(Math.ceil(rows / 64)) }),
      },
      {
        kernel: 'embedding-rows.chains',
        knobs: {},
        bindings: { ids, heads, links },
        size: resolve => ({ params: { count: resolve(dim(ids, 0)) }, groups: [1, 1, 1] }),
      },
      {
        kernel: 'embedding-rows.scatter',
        knobs: {},
        bindings: { input, heads, links, ...outputs },
        size() {
          const columns = fixed(input, 1)
          return { params: { rows, columns }, groups: fold(Math.ceil((rows * columns) / 64)) }
        },
      },
    ]
  },
}

/** table [rows, columns], ids [n] → [n, columns]; an id of -1 gives zeros. */
export function embed(ids: Tensor<'i32', 1>, table: Tensor<'f32', 2>): Tensor<'f32', 2> {
  return ids.emit.node(embeddingRows, { ids, weight: table }, {}).output as Tensor<'f32', 2>
}
