// square-sum and clipping against plain loops.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Graph } from '../../lib/graph/graph.ts'
import { clipFactor, partsOf, squaresInto } from '../../lib/ops/square-sum.ts'
import * as plain from '../reference/square-sum.ts'
import { eachCase, floats, randomSizes, runGuarded, U } from '../support/op-case.ts'

const SIZES = [
  { a: 1, b: 1, scale: 1 },
  { a: 4095, b: 4096, scale: 1 },
  { a: 4097, b: 3, scale: 3 },
  { a: 300_000, b: 9, scale: 1e-3 },
  ...randomSizes(4, { a: [1, 20_000], b: [1, 20_000], scale: [1, 9] }),
]

test('the squared norm of two tensors, and the factor that clips it', () =>
  eachCase(import.meta.url, SIZES, async ({ a, b, scale }, random) => {
    const arrays = [floats(random, scale, a), floats(random, scale, b)] as const
    const norm = plain.squareSum(arrays)
    for (const limit of [0, Math.sqrt(norm) * 1.01, Math.sqrt(norm) / 3]) {
      const graph = new Graph()
      const inputs = [graph.input('a', 'f32', [a]), graph.input('b', 'f32', [b])] as const
      const parts = graph.keep('parts', 'f32', [partsOf(inputs[0]) + partsOf(inputs[1])])
      squaresInto(inputs[0], parts, 0)
      squaresInto(inputs[1], parts, partsOf(inputs[0]))
      graph.output('output', clipFactor(parts, limit))
      const { outputs } = await runGuarded(graph, { inputs: { a: arrays[0].data, b: arrays[1].data } })
      const [found = 0, factor = 0] = outputs.output?.data ?? []
      // Sums of 64 squares in a lane, of 64 lanes, then of 64 lanes of parts: positive terms, one rounding a level and term.
      const relative = (64 + 64 + 64 + Math.ceil((a + b) / 4096 / 64) + 4) * U
      assert.ok(Math.abs(found - norm) <= relative * norm, `${found} for ${norm}`)
      const expected = plain.clipFactor(norm, limit)
      assert.ok(Math.abs(factor - expected) <= (relative + 10 * U) * expected, `${factor} for ${expected}`)
    }
  }))

test.run()
