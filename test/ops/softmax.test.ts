// softmax against plain loops.

import { test } from 'uvu'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { softmax } from '../../lib/ops/softmax.ts'
import { map } from '../reference/array.ts'
import { softmax as plain } from '../reference/softmax.ts'
import { array, assertClose, eachCase, floats, randomSizes, runGuarded, U } from '../support/op-case.ts'

const SIZES = [
  { rows: 1, columns: 1, scale: 1 },
  { rows: 7, columns: 63, scale: 3 },
  { rows: 3, columns: 64, scale: 30 },
  { rows: 5, columns: 65, scale: 0 },
  { rows: 2, columns: 20011, scale: 8 },
  // Most probabilities are 0 in f32.
  { rows: 3, columns: 129, scale: 1000 },
  { rows: 65539, columns: 3, scale: 5 },
  ...randomSizes(6, { rows: [1, 20], columns: [1, 300], scale: [1, 20] }),
]

function graphOf(rows: number, columns: number): Graph {
  const graph = new Graph()
  graph.output('output', softmax(graph.input('input', 'f32', [new Count('rows', rows + 3), columns])))
  return graph
}

test('equals plain loops', () =>
  eachCase(import.meta.url, SIZES, async ({ rows, columns, scale }, random) => {
    const input = floats(random, scale, rows, columns)
    const { outputs } = await runGuarded(graphOf(rows, columns), { inputs: { input: input.data }, counts: { rows } })
    // Relative error, in units of 2^-24: WGSL's exp may be off by (3 + 2·|x|) · 2^-23, twice (above and below the line), and its
    // argument by |x|, where |x| ≤ 103 wherever the result counts; the sum of positive terms by their number; the quotient by 5.
    // Below 2^-126 values may be flushed to zero.
    const x = Math.min(2 * scale, 103)
    assertClose(
      outputs.output,
      plain(input),
      map(plain(input), p => (2 * (6 + 5 * x) + columns + 6) * U * p + 2 ** -126),
    )
  }))

test('large values do not overflow', async () => {
  const input = array(Float32Array.of(1e30, 1e30, -1e30, 3e38, -3e38, 0), 2, 3)
  const { outputs } = await runGuarded(graphOf(2, 3), { inputs: { input: input.data }, counts: { rows: 2 } })
  assertClose(outputs.output, plain(input), 4 * U)
})

test.run()
