// sum against plain loops.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { total } from '../../lib/ops/sum.ts'
import { sum } from '../reference/sum.ts'
import { eachCase, floats, randomSizes, runGuarded, U } from '../support/op-case.ts'

test('equals plain loops', () =>
  eachCase(
    import.meta.url,
    [{ length: 1 }, { length: 64 }, ...randomSizes(6, { length: [1, 9000] })],
    async ({ length }, random) => {
      const input = floats(random, 1, length)
      const graph = new Graph()
      graph.output('output', total(graph.input('input', 'f32', [new Count('length', length + 5)]), 0.01))
      const { outputs } = await runGuarded(graph, { inputs: { input: input.data }, counts: { length } })
      const bound = (length / 64 + 66) * U * 0.01 * input.data.reduce((a, x) => a + Math.abs(x), 0)
      const found = Number(outputs.output?.data[0])
      assert.ok(Math.abs(found - sum(input, 0.01)) <= bound, `${found} for ${sum(input, 0.01)}`)
    },
  ))

test.run()
