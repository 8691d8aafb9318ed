// contrastive against plain loops.

import { test } from 'uvu'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { contrastiveScores } from '../../lib/ops/contrastive.ts'
import { contrastive as plain } from '../reference/contrastive.ts'
import { assertClose, eachCase, floats, randomSizes, runGuarded, U } from '../support/op-case.ts'

const SIZES = [{ size: 1 }, { size: 2 }, { size: 7 }, { size: 8 }, { size: 65 }, ...randomSizes(4, { size: [1, 130] })]

test('equals plain loops', () =>
  eachCase(import.meta.url, SIZES, async ({ size }, random) => {
    const margin = 0.25
    const scores = floats(random, 1, size, size)
    const graph = new Graph()
    const count = new Count('size', size + 3)
    const x = graph.input('scores', 'f32', [count, count])
    for (const [name, tensor] of Object.entries(graph.node(contrastiveScores, { scores: x }, { margin })))
      graph.output(name, tensor)
    const { outputs } = await runGuarded(graph, { inputs: { scores: scores.data }, counts: { size } })
    const expected = plain(scores, margin)
    // Each hinge is below 2.25 and rounded twice, then summed. Slopes are whole numbers: no random score lies within rounding of a hinge.
    assertClose(outputs.cost, expected.cost, 2 * size * (size + 3) * 2.25 * U)
    assertClose(outputs.gradient, expected.gradient, 0)
  }))

test.run()
