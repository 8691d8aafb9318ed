// VGG-19 (Simonyan & Zisserman 2015, configuration E): sixteen 3×3 convolutions in five blocks, three fully connected layers.
// Input: preprocessed pictures [batch, 3, side, side], B, G, R minus their means. Weights as in the bundle.

import { Graph } from '../graph/graph.ts'
import { convolve } from '../ops/conv2d.ts'
import { addBias, relu } from '../ops/elementwise.ts'
import { linear } from '../ops/gemm.ts'
import { normalizeRows } from '../ops/l2-normalize.ts'
import { maxPool } from '../ops/max-pool.ts'
import type { Tensor } from '../ops/op.ts'
import { softmax } from '../ops/softmax.ts'

export interface Vgg19Options {
  /** Output channels of each convolution, block by block; the original's are 64, 64 | 128, 128 | 256 ×4 | 512 ×4 | 512 ×4. */
  readonly convs: readonly (readonly number[])[]
  /** Widths of fc6, fc7 and fc8: 4096, 4096, 1000. */
  readonly fcs: readonly number[]
}

/** Side of the input picture. */
export const SIDE = 224

/**
 * The graph from `image` [1, 3, 224, 224] to `feature` [1, fc7]: fc7 after its ReLU, divided by its L2 norm.
 * With `every`, each stage is an output too: pool1..5, fc6, fc7, fc8 and prob.
 */
export function vgg19({ convs, fcs }: Vgg19Options, every = false): Graph {
  const graph = new Graph()
  const stage = (name: string, tensor: Tensor) => every && graph.output(name, tensor)
  let x: Tensor<'f32', 4> = graph.input('image', 'f32', [1, 3, SIDE, SIDE])
  let channels = 3
  for (const [block, widths] of convs.entries()) {
    for (const [layer, width] of widths.entries()) {
      const name = `vgg19/conv${block + 1}_${layer + 1}`
      const weight = graph.parameter(`${name}.W`, [width, channels, 3, 3])
      x = relu(addBias(convolve(x, weight), graph.parameter(`${name}.b`, [width])))
      channels = width
    }
    x = maxPool(x)
    stage(`pool${block + 1}`, x)
  }
  let columns = channels * (SIDE >> convs.length) ** 2
  const full = (input: Tensor<'f32', 2> | Tensor<'f32', 4>, layer: number): Tensor<'f32', 2> => {
    const rows = fcs[layer - 6] ?? 0
    const weight = graph.parameter(`vgg19/fc${layer}.W`, [rows, columns])
    columns = rows
    return addBias(linear(input, weight), graph.parameter(`vgg19/fc${layer}.b`, [rows]))
  }
  const fc6 = relu(full(x, 6))
  const fc7 = relu(full(fc6, 7))
  stage('fc6', fc6)
  stage('fc7', fc7)
  graph.output('feature', normalizeRows(fc7))
  if (every) {
    const fc8 = full(fc7, 8)
    graph.output('fc8', fc8)
    graph.output('prob', softmax(fc8))
  }
  return graph
}
