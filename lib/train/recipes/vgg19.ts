// A small VGG-19 that says what is in a picture: softmax classification, for a model whose pictures are all of one making. Parameters by
// their names in a bundle and in its layouts: `vgg19/conv1_1.W [out, in, 3, 3]`, `.b [out]`, …, `vgg19/fc8.W [classes, fc7]`.

import { InputError, ShapeError } from '../../core/errors.ts'
import { Count } from '../../core/shape.ts'
import type { Graph } from '../../graph/graph.ts'
import { convolve } from '../../ops/conv2d.ts'
import { crossEntropy } from '../../ops/cross-entropy.ts'
import { addBias, relu } from '../../ops/elementwise.ts'
import { linear } from '../../ops/gemm.ts'
import { maxPool } from '../../ops/max-pool.ts'
import type { Tensor } from '../../ops/op.ts'
import { flat, Layout } from '../layout.ts'
import type { RecipeFor } from '../recipe.ts'
import type { NamedArrays, PictureBatch } from '../types.ts'

const CHANNELS = 3

interface Sizes {
  /** Output channels of each convolution, block by block; a 2×2 maximum follows each block. */
  readonly convs: readonly (readonly number[])[]
  readonly fcs: readonly number[]
  /** Height and width of a picture. */
  readonly side: number
}

const shapeOf = (parameters: NamedArrays, name: string): readonly number[] => parameters[name]?.shape ?? []

function sizesOf(parameters: NamedArrays): Sizes {
  const convs: number[][] = []
  for (const name of Object.keys(parameters)) {
    const [, block, layer] = /^vgg19\/conv(\d+)_(\d+)\.W$/.exec(name) ?? []
    if (block === undefined || layer === undefined) continue
    const layers = convs[Number(block) - 1] ?? []
    layers[Number(layer) - 1] = shapeOf(parameters, name)[0] ?? 0
    convs[Number(block) - 1] = layers
  }
  const fcs = [6, 7, 8].map(layer => shapeOf(parameters, `vgg19/fc${layer}.W`)[0] ?? 0)
  const [, inputs = 0] = shapeOf(parameters, 'vgg19/fc6.W')
  const side = Math.sqrt(inputs / (convs.at(-1)?.at(-1) ?? 1)) * 2 ** convs.length
  if (convs.length === 0 || !Number.isInteger(side) || side === 0)
    throw new ShapeError(
      `vgg19: fc6.W is [${shapeOf(parameters, 'vgg19/fc6.W').join(', ')}]: no square picture gives it its inputs after ${convs.length} halvings`,
    )
  return { convs, fcs, side }
}

export const vgg19Recipe: RecipeFor<PictureBatch> = (_options, parameters) => {
  const { convs, fcs, side } = sizesOf(parameters)
  const layout = new Layout()
  const layer = (name: string, shape: readonly number[]) => {
    layout.same(`${name}.W`, `${name}.W`, shape)
    layout.same(`${name}.b`, `${name}.b`, shape.slice(0, 1))
  }
  let inputs = CHANNELS
  for (const [block, widths] of convs.entries())
    for (const [i, width] of widths.entries()) {
      layer(`vgg19/conv${block + 1}_${i + 1}`, [width, inputs, 3, 3])
      inputs = width
    }
  inputs *= (side >> convs.length) ** 2
  for (const [i, width] of fcs.entries()) {
    layer(`vgg19/fc${6 + i}`, [width, inputs])
    inputs = width
  }
  const classes = inputs
  return {
    layout,
    gradClip: 0,
    prepare({ image, labels }) {
      const [pictures = 0, ...size] = image.shape
      if (pictures === 0 || size.join() !== [CHANNELS, side, side].join() || labels.shape.join() !== String(pictures))
        throw new InputError(
          `batch: image is [${image.shape.join(', ')}] and labels [${labels.shape.join(', ')}]; this net takes [pictures, ${CHANNELS}, ${side}, ${side}] and [pictures]`,
        )
      const wanted = Int32Array.from({ length: pictures }, (_, i) => Number(labels.get(i)))
      for (const label of wanted)
        if (label < 0 || label >= classes) throw new InputError(`batch: label ${label}; there are ${classes} classes`)
      const packed = { inputs: { image: flat(image), labels: wanted }, counts: { pictures } }
      return { room: { pictures }, pack: () => packed }
    },
    build: (graph, room) => [classified(graph, { convs, fcs, side }, new Count('pictures', room.pictures ?? 1))],
  }
}

function classified(graph: Graph, { convs, fcs, side }: Sizes, pictures: Count): Tensor<'f32', 1> {
  let x: Tensor<'f32', 4> = graph.input('image', 'f32', [pictures, CHANNELS, side, side])
  for (const [block, widths] of convs.entries()) {
    for (const [i, width] of widths.entries()) {
      const name = `vgg19/conv${block + 1}_${i + 1}`
      const weight = graph.parameter(`${name}.W`, [width, x.shape[1] as number, 3, 3])
      x = relu(addBias(convolve(x, weight), graph.parameter(`${name}.b`, [width])))
    }
    x = maxPool(x)
  }
  const full = (input: Tensor<'f32', 2> | Tensor<'f32', 4>, layer: number): Tensor<'f32', 2> => {
    const inputs = input.shape.slice(1).reduce<number>((n, size) => n * (size as number), 1)
    const outputs = fcs[layer - 6] ?? 0
    const weight = graph.parameter(`vgg19/fc${layer}.W`, [outputs, inputs])
    return addBias(linear(input, weight), graph.parameter(`vgg19/fc${layer}.b`, [outputs]))
  }
  const logits = full(relu(full(relu(full(x, 6)), 7)), 8)
  return crossEntropy(logits, graph.input('labels', 'i32', [pictures]))
}
