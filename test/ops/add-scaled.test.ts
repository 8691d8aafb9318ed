// add-scaled against plain loops.

import { test } from 'uvu'
import { Graph } from '../../lib/graph/graph.ts'
import { addScaled } from '../../lib/ops/add-scaled.ts'
import { addScaled as plain } from '../reference/add-scaled.ts'
import { assertClose, eachCase, floats, randomSizes, runGuarded, U } from '../support/op-case.ts'

test('equals plain loops', () =>
  eachCase(
    import.meta.url,
    [{ rows: 65535 * 64 + 3, columns: 1 }, ...randomSizes(5, { rows: [1, 40], columns: [1, 40] })],
    async ({ rows, columns }, random) => {
      const [input, other] = [floats(random, 1, rows, columns), floats(random, 1, rows, columns)]
      const graph = new Graph()
      const [x, y] = [graph.input('input', 'f32', [rows, columns]), graph.input('other', 'f32', [rows, columns])]
      graph.output('output', addScaled(x, y, 0.02))
      const { outputs } = await runGuarded(graph, { inputs: { input: input.data, other: other.data } })
      assertClose(outputs.output, plain(input, other, 0.02), 3 * U)
    },
  ))

test.run()
