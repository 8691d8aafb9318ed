// embedding-rows: rows of a table by id; -1 gives zeros (the decoder's first word). The table may come in pieces.

import { dim, expectShape, fixed, fold, type Op, operand, type Tensor } from './op.ts'

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
}

/** table [rows, columns], ids [n] → [n, columns]; an id of -1 gives zeros. */
export function embed(ids: Tensor<'i32', 1>, table: Tensor<'f32', 2>): Tensor<'f32', 2> {
  return ids.emit.node(embeddingRows, { ids, weight: table }, {}).output as Tensor<'f32', 2>
}
