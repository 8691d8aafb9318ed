// concat against plain loops; exact, since values are copied.

import { test } from 'uvu'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { join } from '../../lib/ops/concat.ts'
import { concat } from '../reference/concat.ts'
import { assertClose, eachCase, floats, randomSizes, runGuarded } from '../support/op-case.ts'

const SIZES = [
  { rows: 1, m: 1, n: 1 },
  { rows: 7, m: 4, n: 5 },
  { rows: 1, m: 63, n: 1 },
  { rows: 5, m: 2, n: 11 },
  { rows: 65537 * 32, m: 1, n: 1 },
  ...randomSizes(5, { rows: [1, 30], m: [1, 60], n: [1, 60] }),
]

test('equals plain loops', () =>
  eachCase(import.meta.url, SIZES, async ({ rows, m, n }, random) => {
    const [input, other] = [floats(random, 1, rows, m), floats(random, 1, rows, n)]
    const graph = new Graph()
    const count = new Count('rows', rows + 3)
    graph.output('output', join(graph.input('input', 'f32', [count, m]), graph.input('other', 'f32', [count, n])))
    const { outputs } = await runGuarded(graph, { inputs: { input: input.data, other: other.data }, counts: { rows } })
    assertClose(outputs.output, concat(input, other), 0)
  }))

test.run()
