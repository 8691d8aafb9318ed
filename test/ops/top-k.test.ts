// top-k against plain loops, by every variant; exact, also where many values are equal.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ShapeError } from '../../lib/core/errors.ts'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { topK } from '../../lib/ops/top-k.ts'
import { topK as plain } from '../reference/top-k.ts'
import { assertClose, eachCase, floats, randomSizes, runGuarded, withVariant } from '../support/op-case.ts'

// A row is cut into 64 to 1,024 chunks. `distinct`: how many different values there are; few make many ties.
const SIZES = [
  { rows: 1, columns: 1, k: 1, distinct: 1 },
  { rows: 3, columns: 13, k: 13, distinct: 2 ** 24 },
  { rows: 3, columns: 63, k: 40, distinct: 5 },
  { rows: 2, columns: 64, k: 5, distinct: 3 },
  { rows: 2, columns: 65, k: 65, distinct: 1 },
  { rows: 4, columns: 127, k: 100, distinct: 20 },
  { rows: 1, columns: 4097, k: 200, distinct: 50 },
  { rows: 2, columns: 100_003, k: 100, distinct: 2 ** 24 },
  { rows: 2, columns: 100_000, k: 100, distinct: 7 },
  { rows: 1, columns: 70_000, k: 300, distinct: 2 },
  // More than 65,535 workgroups, of the first kernel and of the second.
  { rows: 65_539, columns: 64, k: 1, distinct: 9 },
  ...randomSizes(5, { rows: [1, 6], columns: [60, 900], k: [1, 60], distinct: [1, 99] }),
]

for (const variant of topK.variants)
  test(`${variant.name}: equals plain loops`, () =>
    eachCase(import.meta.url, SIZES, async ({ rows, columns, k, distinct }, random) => {
      const input = floats(random, 1, rows, columns)
      for (const [i, x] of input.data.entries()) input.data[i] = Math.floor((x * distinct) / 2) / distinct
      const graph = new Graph()
      const x = graph.input('input', 'f32', [new Count('rows', rows + 2), columns])
      const { indices, values } = graph.node(withVariant(topK, variant), { input: x }, { k })
      if (indices !== undefined) graph.output('indices', indices)
      if (values !== undefined) graph.output('values', values)
      const { outputs } = await runGuarded(graph, { inputs: { input: input.data }, counts: { rows } })
      const expected = plain(input, k)
      assertClose(outputs.indices, expected.indices, 0)
      assertClose(outputs.values, expected.values, 0)
    }))

test('k is refused beyond the length of a row', () => {
  const graph = new Graph()
  const input = graph.input('input', 'f32', [2, 9])
  for (const k of [0, 10, 2.5])
    assert.throws(
      () => graph.node(topK, { input }, { k }),
      (e: unknown) => e instanceof ShapeError,
    )
})

test.run()
