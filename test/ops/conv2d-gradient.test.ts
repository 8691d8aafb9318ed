// conv2d-gradient against plain loops.

import { test } from 'uvu'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { filterGradient, flipped } from '../../lib/ops/conv2d-gradient.ts'
import { map } from '../reference/array.ts'
import * as plain from '../reference/conv2d-gradient.ts'
import { assertClose, eachCase, floats, randomSizes, runGuarded, U } from '../support/op-case.ts'

const SIZES = [
  { batch: 1, inputs: 1, outputs: 1, height: 1, width: 1 },
  { batch: 2, inputs: 3, outputs: 5, height: 7, width: 6 },
  { batch: 1, inputs: 9, outputs: 4, height: 13, width: 1 },
  { batch: 3, inputs: 2, outputs: 7, height: 1, width: 9 },
  ...randomSizes(5, { batch: [1, 4], inputs: [1, 9], outputs: [1, 9], height: [1, 12], width: [1, 12] }),
]

test('filters are turned', () =>
  eachCase(import.meta.url, SIZES, async ({ inputs, outputs }, random) => {
    const filters = floats(random, 1, outputs, inputs, 3, 3)
    const graph = new Graph()
    graph.output('output', flipped(graph.input('filters', 'f32', [outputs, inputs, 3, 3])))
    const run = await runGuarded(graph, { inputs: { filters: filters.data } })
    assertClose(run.outputs.output, plain.flipped(filters), 0)
  }))

test('the gradient of the filters equals plain loops', () =>
  eachCase(import.meta.url, SIZES, async ({ batch, inputs, outputs, height, width }, random) => {
    const [input, gradient] = [
      floats(random, 1, batch, inputs, height, width),
      floats(random, 1, batch, outputs, height, width),
    ]
    const graph = new Graph()
    const pictures = new Count('pictures', batch + 2)
    const x = graph.input('input', 'f32', [pictures, inputs, height, width])
    graph.output('output', filterGradient(x, graph.input('gradient', 'f32', [pictures, outputs, height, width])))
    const run = { inputs: { input: input.data, gradient: gradient.data }, counts: { pictures: batch } }
    const { outputs: made } = await runGuarded(graph, run)
    // One rounding for each product and each sum.
    const magnitude = plain.filterGradient(map(input, Math.abs), map(gradient, Math.abs))
    assertClose(
      made.output,
      plain.filterGradient(input, gradient),
      map(magnitude, x => (batch * height * width + 2) * U * x),
    )
  }))

test.run()
