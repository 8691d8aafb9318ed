// max-pool against plain loops; exact, since nothing is rounded.

import { test } from 'uvu'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { maxPool } from '../../lib/ops/max-pool.ts'
import { maxPool as plain } from '../reference/max-pool.ts'
import { assertClose, eachCase, floats, randomSizes, runGuarded } from '../support/op-case.ts'

const SIZES = [
  { b: 1, c: 1, h: 2, w: 2 },
  { b: 1, c: 7, h: 3, w: 13 },
  { b: 2, c: 3, h: 16, w: 8 },
  // 63, 64 and 65 outputs: a workgroup less one, one, one more.
  { b: 1, c: 1, h: 18, w: 14 },
  { b: 1, c: 1, h: 16, w: 16 },
  { b: 1, c: 5, h: 2, w: 26 },
  // More than 65,535 workgroups of 64 outputs.
  { b: 1, c: 65535 * 64 + 3, h: 2, w: 2 },
  ...randomSizes(6, { b: [1, 3], c: [1, 9], h: [2, 20], w: [2, 20] }),
]

test('equals plain loops', () =>
  eachCase(import.meta.url, SIZES, async ({ b, c, h, w }, random) => {
    const input = floats(random, 1, b, c, h, w)
    const graph = new Graph()
    const x = graph.input('input', 'f32', [new Count('batch', b + 1), c, h, w])
    graph.output('output', maxPool(x))
    const { outputs } = await runGuarded(graph, { inputs: { input: input.data }, counts: { batch: b } })
    assertClose(outputs.output, plain(input), 0)
  }))

test.run()
