// rows against plain loops; exact but for the one rounding of a sum.

import { test } from 'uvu'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { addRows, putRows, takeRows } from '../../lib/ops/rows.ts'
import * as plain from '../reference/rows.ts'
import { assertClose, eachCase, floats, randomSizes, runGuarded, U } from '../support/op-case.ts'

const SIZES = [
  { rows: 1, columns: 1, first: 0 },
  { rows: 7, columns: 13, first: 2 },
  { rows: 0, columns: 5, first: 1 },
  { rows: 65535 * 64 + 3, columns: 1, first: 4 },
  ...randomSizes(5, { rows: [1, 30], columns: [1, 80], first: [0, 9] }),
]

test('rows are taken out', () =>
  eachCase(import.meta.url, SIZES, async ({ rows, columns, first }, random) => {
    const kept = floats(random, 1, rows + 12, columns)
    const graph = new Graph()
    const source = graph.keep('kept', 'f32', [rows + 12, columns])
    const place = { first: new Count('first', 10), count: new Count('count', rows + 2) }
    graph.output('output', takeRows(source, place))
    const run = { inputs: {}, counts: { first, count: rows }, start: { kept: kept.data } }
    const { outputs } = await runGuarded(graph, run)
    assertClose(outputs.output, plain.takeRows(kept, first, rows), 0)
  }))

for (const add of [false, true])
  test(`rows are ${add ? 'added' : 'put in'}; the others stay`, () =>
    eachCase(import.meta.url, SIZES, async ({ rows, columns, first }, random) => {
      const [input, kept] = [floats(random, 1, rows, columns), floats(random, 1, rows + 12, columns)]
      const graph = new Graph()
      const target = graph.keep('kept', 'f32', [rows + 12, columns])
      const x = graph.input('input', 'f32', [new Count('count', rows + 2), columns])
      const into = add ? addRows : putRows
      into(x, target, new Count('first', 10))
      graph.output('kept', target)
      const run = { inputs: { input: input.data }, counts: { first, count: rows }, start: { kept: kept.data } }
      const { outputs } = await runGuarded(graph, run)
      assertClose(outputs.kept, plain.putRows(input, kept, first, add), add ? 2 * U : 0)
    }))

test.run()
