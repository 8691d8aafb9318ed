// collect-rows against plain loops; exact, and what is not collected stays as it was.

import { test } from 'uvu'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { collect } from '../../lib/ops/collect-rows.ts'
import { collectRows } from '../reference/collect-rows.ts'
import { assertClose, eachCase, floats, randomSizes, runGuarded } from '../support/op-case.ts'

const SIZES = [
  { rows: 1, columns: 1, first: 0, count: 1 },
  { rows: 7, columns: 13, first: 2, count: 3 },
  { rows: 9, columns: 64, first: 8, count: 1 },
  { rows: 5, columns: 21, first: 0, count: 3 },
  { rows: 6, columns: 5, first: 3, count: 0 },
  { rows: 65535 * 64 + 10, columns: 1, first: 4, count: 65535 * 64 + 3 },
  ...randomSizes(5, { rows: [20, 30], columns: [1, 80], first: [0, 9], count: [0, 11] }),
]

test('equals plain loops', () =>
  eachCase(import.meta.url, SIZES, async ({ rows, columns, first, count }, random) => {
    const [input, kept] = [floats(random, 1, rows, columns), floats(random, 1, rows, columns)]
    const graph = new Graph()
    const target = graph.keep('kept', 'f32', [rows, columns])
    const counts = { first: new Count('first', rows), count: new Count('count', rows) }
    collect(graph.input('input', 'f32', [rows, columns]), target, counts)
    graph.output('kept', target)
    const run = { inputs: { input: input.data }, counts: { first, count }, start: { kept: kept.data } }
    const { outputs } = await runGuarded(graph, run)
    assertClose(outputs.kept, collectRows(input, kept, first, count), 0)
  }))

test.run()
