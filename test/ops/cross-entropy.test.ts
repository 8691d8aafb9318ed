// cross-entropy against plain loops: costs and gradients, where probabilities are far below 1e-8 too.

import { test } from 'uvu'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { crossEntropyRows } from '../../lib/ops/cross-entropy.ts'
import { crossEntropy as plain } from '../reference/cross-entropy.ts'
import { array, assertClose, eachCase, floats, randomSizes, runGuarded, U } from '../support/op-case.ts'

const SIZES = [
  { rows: 1, columns: 1, scale: 1 },
  { rows: 7, columns: 63, scale: 3 },
  { rows: 5, columns: 65, scale: 0 },
  { rows: 2, columns: 20011, scale: 8 },
  { rows: 9, columns: 129, scale: 40 },
  { rows: 65539, columns: 3, scale: 5 },
  ...randomSizes(6, { rows: [1, 20], columns: [1, 300], scale: [1, 20] }),
]

test('equals plain loops', () =>
  eachCase(import.meta.url, SIZES, async ({ rows, columns, scale }, random) => {
    const logits = floats(random, scale, rows, columns)
    const targets = array(
      Int32Array.from({ length: rows }, () => random.integer(0, columns - 1)),
      rows,
    )
    const graph = new Graph()
    const count = new Count('rows', rows + 3)
    const operands = {
      logits: graph.input('logits', 'f32', [count, columns]),
      targets: graph.input('targets', 'i32', [count]),
    }
    for (const [name, tensor] of Object.entries(graph.node(crossEntropyRows, operands, {}))) graph.output(name, tensor)
    const run = { inputs: { logits: logits.data, targets: targets.data }, counts: { rows } }
    const { outputs } = await runGuarded(graph, run)
    const expected = plain(logits, targets)
    // The relative error of a probability, as in softmax.test.ts; a logarithm turns it into an absolute one, and may add 2^-21 and four
    // units in the last place of at most 19. The gradient is a difference of two such numbers below 1.
    const chance = (2 * (6 + 5 * Math.min(2 * scale, 103)) + columns + 6) * U
    assertClose(outputs.cost, expected.cost, chance + 2 ** -21 + 19 * 8 * U)
    assertClose(outputs.gradient, expected.gradient, 3 * chance)
  }))

test.run()
