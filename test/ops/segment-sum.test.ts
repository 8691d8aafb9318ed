// segment-sum against plain loops.

import { test } from 'uvu'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { sumSegments } from '../../lib/ops/segment-sum.ts'
import { map } from '../reference/array.ts'
import { segmentSum } from '../reference/segment-sum.ts'
import { array, assertClose, eachCase, floats, randomSizes, runGuarded, U } from '../support/op-case.ts'

const SIZES = [
  { segments: 1, columns: 1, longest: 1 },
  { segments: 3, columns: 21, longest: 7 },
  { segments: 8, columns: 8, longest: 0 },
  { segments: 5, columns: 13, longest: 100 },
  { segments: 65537 * 64, columns: 1, longest: 1 },
  ...randomSizes(5, { segments: [1, 20], columns: [1, 80], longest: [0, 30] }),
]

test('equals plain loops; an empty segment is zero', () =>
  eachCase(import.meta.url, SIZES, async ({ segments, columns, longest }, random) => {
    const starts = array(new Uint32Array(segments + 1), segments + 1)
    for (let s = 0; s < segments; s++) starts.set(s + 1, starts.get(s) + random.integer(0, longest))
    const rows = starts.get(segments)
    const input = floats(random, 1, rows, columns)
    const graph = new Graph()
    const x = graph.input('input', 'f32', [new Count('rows', rows + 4), columns])
    const at = graph.input('starts', 'u32', [segments + 1])
    graph.output('output', sumSegments(x, at, new Count('segments', segments + 3)))
    const run = { inputs: { input: input.data, starts: starts.data }, counts: { rows, segments } }
    const { outputs } = await runGuarded(graph, run)
    // One rounding for each term of a sum.
    const magnitude = segmentSum(map(input, Math.abs), starts)
    assertClose(
      outputs.output,
      segmentSum(input, starts),
      map(magnitude, x => longest * U * x),
    )
  }))

test.run()
