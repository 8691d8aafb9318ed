// conv: the sixteen convolutions of VGG-19 with bias and ReLU, one by one. Operations are those of the direct method, whatever is used.

import { Graph } from '../../lib/graph/graph.ts'
import { convolve } from '../../lib/ops/conv2d.ts'
import { addBias, relu } from '../../lib/ops/elementwise.ts'
import { timedDispatches } from '../harness/dispatches.ts'
import type { Case, Workload } from '../harness/measure.ts'
import { samplePositions, sums } from '../harness/reference.ts'
import { type Seeded, source, valueAt, values } from '../harness/seeded.ts'
import type { Session } from '../harness/session.ts'

const SAMPLES = 48

interface Layer {
  readonly inputs: number
  readonly outputs: number
  readonly side: number
  readonly times: number
}

const LAYERS: readonly Layer[] = [
  { inputs: 3, outputs: 64, side: 224, times: 1 },
  { inputs: 64, outputs: 64, side: 224, times: 1 },
  { inputs: 64, outputs: 128, side: 112, times: 1 },
  { inputs: 128, outputs: 128, side: 112, times: 1 },
  { inputs: 128, outputs: 256, side: 56, times: 1 },
  { inputs: 256, outputs: 256, side: 56, times: 3 },
  { inputs: 256, outputs: 512, side: 28, times: 1 },
  { inputs: 512, outputs: 512, side: 28, times: 3 },
  { inputs: 512, outputs: 512, side: 14, times: 4 },
]

async function layerCase(session: Session, { inputs, outputs, side, times }: Layer): Promise<Case> {
  const picture: Seeded = { shape: [1, inputs, side, side], seed: 3, scale: 1 }
  const filters: Seeded = { shape: [outputs, inputs, 3, 3], seed: 4, scale: 1 / Math.sqrt(inputs) }
  const bias: Seeded = { shape: [outputs], seed: 5, scale: 1 }
  const graph = new Graph()
  const x = graph.input('x', 'f32', [1, inputs, side, side])
  const convolved = convolve(x, graph.parameter('W', [outputs, inputs, 3, 3]))
  graph.output('y', relu(addBias(convolved, graph.parameter('b', [outputs]))))
  const { plan, dispose } = await session.plan(graph, name => source(name === 'W' ? filters : bias))
  await plan.run({ inputs: { x: values(picture) } })
  const terms = (position: number) => convolution({ picture, filters, bias, inputs, side }, position)
  const { positions, values: linear, tolerances } = sums(samplePositions(outputs * side * side, SAMPLES), terms)
  return {
    label: `${inputs} → ${outputs} at ${side}²`,
    times,
    flops: 2 * 9 * inputs * outputs * side * side,
    limit: 'multiply-add',
    peer: { op: 'conv', inputs, outputs, side, seeds: [3, 4, 5], scales: [1, filters.scale, 1] },
    reference: { positions, values: linear.map(value => Math.max(0, value)), tolerances },
    ...timedDispatches(plan, 'y', session.isHardware),
    dispose,
  }
}

interface Layout {
  readonly picture: Seeded
  readonly filters: Seeded
  readonly bias: Seeded
  readonly inputs: number
  readonly side: number
}

/** The bias and the products whose sum is one value of a 3 × 3 convolution with a border of zeros. */
function convolution({ picture, filters, bias, inputs, side }: Layout, position: number): number[] {
  const [output, place] = [Math.floor(position / side ** 2), position % side ** 2]
  const [row, column] = [Math.floor(place / side), place % side]
  const terms = [valueAt(bias, output)]
  for (let channel = 0; channel < inputs; channel++)
    for (let dy = 0; dy < 3; dy++)
      for (let dx = 0; dx < 3; dx++) {
        const [y, x] = [row + dy - 1, column + dx - 1]
        if (y < 0 || x < 0 || y >= side || x >= side) continue
        const filter = valueAt(filters, ((output * inputs + channel) * 3 + dy) * 3 + dx)
        terms.push(filter * valueAt(picture, (channel * side + y) * side + x))
      }
  return terms
}

export const conv: Workload = {
  name: 'conv',
  title: 'the 16 convolutions of VGG-19',
  unit: 'ms',
  cases: LAYERS.map(layer => session => layerCase(session, layer)),
}
