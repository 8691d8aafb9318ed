// channel-sum against plain loops, along each axis.

import { test } from 'uvu'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { sumAlong } from '../../lib/ops/channel-sum.ts'
import { map } from '../reference/array.ts'
import { channelSum } from '../reference/channel-sum.ts'
import { assertClose, eachCase, floats, randomSizes, runGuarded, U } from '../support/op-case.ts'

const SIZES = [
  { rows: 1, columns: 1 },
  { rows: 100, columns: 13 },
  { rows: 3, columns: 65 },
  { rows: 1, columns: 65535 * 64 + 3 },
  ...randomSizes(5, { rows: [1, 80], columns: [1, 80] }),
]

test('columns of a matrix', () =>
  eachCase(import.meta.url, SIZES, async ({ rows, columns }, random) => {
    const input = floats(random, 1, rows, columns)
    const graph = new Graph()
    graph.output('output', sumAlong(graph.input('input', 'f32', [new Count('rows', rows + 3), columns]), 1))
    const { outputs } = await runGuarded(graph, { inputs: { input: input.data }, counts: { rows } })
    // One rounding for each term.
    assertClose(
      outputs.output,
      channelSum(input, 1),
      map(channelSum(map(input, Math.abs), 1), x => rows * U * x),
    )
  }))

test('channels of pictures, along any axis', () =>
  eachCase(
    import.meta.url,
    randomSizes(8, { axis: [0, 3], a: [1, 6], b: [1, 9], c: [1, 9], d: [1, 9] }),
    async ({ axis, a, b, c, d }, random) => {
      const input = floats(random, 1, a, b, c, d)
      const graph = new Graph()
      graph.output('output', sumAlong(graph.input('input', 'f32', [a, b, c, d]), axis))
      const { outputs } = await runGuarded(graph, { inputs: { input: input.data } })
      const bound = map(channelSum(map(input, Math.abs), axis), x => (a + b + c + d) * 9 * U * x)
      assertClose(outputs.output, channelSum(input, axis), bound)
    },
  ))

test.run()
