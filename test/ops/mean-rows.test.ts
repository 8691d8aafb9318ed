// mean-rows against plain loops.

import { test } from 'uvu'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { mean } from '../../lib/ops/mean-rows.ts'
import { map } from '../reference/array.ts'
import { meanRows } from '../reference/mean-rows.ts'
import { assertClose, eachCase, floats, randomSizes, runGuarded, U } from '../support/op-case.ts'

const SIZES = [
  { rows: 1, columns: 1 },
  { rows: 7, columns: 63 },
  { rows: 100, columns: 64 },
  { rows: 3, columns: 65 },
  { rows: 1000, columns: 13 },
  { rows: 2, columns: 65535 * 64 + 3 },
  ...randomSizes(5, { rows: [1, 50], columns: [1, 200] }),
]

test('equals plain loops', () =>
  eachCase(import.meta.url, SIZES, async ({ rows, columns }, random) => {
    const input = floats(random, 1, rows, columns)
    const graph = new Graph()
    graph.output('output', mean(graph.input('input', 'f32', [new Count('rows', rows + 1), columns])))
    const { outputs } = await runGuarded(graph, { inputs: { input: input.data }, counts: { rows } })
    // A sum of `rows` terms, each partial sum rounded once; the quotient may be off by 2.5 units in the last place.
    const magnitude = meanRows(map(input, Math.abs))
    assertClose(
      outputs.output,
      meanRows(input),
      map(magnitude, x => (rows + 5) * U * x),
    )
  }))

test.run()
