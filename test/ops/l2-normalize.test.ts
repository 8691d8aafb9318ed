// l2-normalize against plain loops.

import { test } from 'uvu'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { normalizeRows } from '../../lib/ops/l2-normalize.ts'
import { map } from '../reference/array.ts'
import { l2Normalize } from '../reference/l2-normalize.ts'
import { assertClose, eachCase, floats, randomSizes, runGuarded, U } from '../support/op-case.ts'

const SIZES = [
  { rows: 1, columns: 1, scale: 1 },
  { rows: 3, columns: 63, scale: 100 },
  { rows: 5, columns: 64, scale: 1e-6 },
  { rows: 7, columns: 65, scale: 1e6 },
  { rows: 2, columns: 4801, scale: 1 },
  { rows: 65539, columns: 2, scale: 1 },
  ...randomSizes(6, { rows: [1, 20], columns: [1, 300], scale: [1, 9] }),
]

test('equals plain loops; a row of zeros stays zero', () =>
  eachCase(import.meta.url, SIZES, async ({ rows, columns, scale }, random) => {
    const input = floats(random, scale, rows + 1, columns)
    input.data.fill(0, rows * columns)
    const graph = new Graph()
    graph.output('output', normalizeRows(graph.input('input', 'f32', [new Count('rows', rows + 4), columns])))
    const run = { inputs: { input: input.data }, counts: { rows: rows + 1 } }
    const { outputs } = await runGuarded(graph, run)
    // Relative, in units of 2^-24: the sum of squares is off by columns + 1, which the root halves; WGSL's root may add 9, the
    // quotient 5, the product 1.
    const relative = ((columns + 1) / 2 + 15) * U
    assertClose(
      outputs.output,
      l2Normalize(input),
      map(l2Normalize(input), y => relative * Math.abs(y)),
    )
  }))

test.run()
