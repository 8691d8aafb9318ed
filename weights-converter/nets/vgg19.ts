// VGG-19, from Lasagne's vgg19.pkl or a Caffe model. Neither's filters are flipped; fully connected weights are [in, out] in the
// first and [out, in] in the second.

import { FileError } from '../../lib/core/errors.ts'
import type { SourceArray } from '../formats/source-array.ts'
import { type ArrayFile, asIs, find, type Net, type NetTensor, turned } from './net.ts'

/** Convolutions of each block. */
const BLOCKS = [2, 2, 4, 4, 4]
/** Side of the last pooled picture: 224 / 2⁵. */
const POOLED = 7

/** The arrays of one layer, by where the file has them. */
interface Layer {
  readonly name: string
  readonly weight: string
  readonly bias: string
}

/** From the list "param values": weight and bias of each layer in order. */
export const lasagneVgg19 = (file: ArrayFile): Promise<Net<'vgg19'>> =>
  vgg19(
    file,
    LAYERS.map((name, i) => ({ name, weight: `param values[${2 * i}]`, bias: `param values[${2 * i + 1}]` })),
    true,
  )

/** From the blobs of a Caffe model, by the layers' names. */
export const caffeVgg19 = (file: ArrayFile): Promise<Net<'vgg19'>> =>
  vgg19(
    file,
    LAYERS.map(name => ({ name, weight: `${name}[0]`, bias: `${name}[1]` })),
    false,
  )

const LAYERS = [
  ...BLOCKS.flatMap((count, block) => Array.from({ length: count }, (_, i) => `conv${block + 1}_${i + 1}`)),
  'fc6',
  'fc7',
  'fc8',
]

async function vgg19(file: ArrayFile, layers: readonly Layer[], isInOut: boolean): Promise<Net<'vgg19'>> {
  const tensors: NetTensor[] = []
  const widths: number[] = []
  let inputs = 3
  for (const { name, weight, bias } of layers) {
    const isConv = name.startsWith('conv')
    const found = isConv
      ? await find(file, weight, [undefined, inputs, 3, 3])
      : await full(file, weight, inputs, isInOut)
    const outputs = (isConv || !isInOut ? found.shape[0] : found.shape[1]) ?? 0
    const tensor = isConv ? asIs(`vgg19/${name}.W`, 'out, in, row, column', found) : undefined
    tensors.push(
      tensor ?? (isInOut ? turned(`vgg19/${name}.W`, found) : asIs(`vgg19/${name}.W`, 'out, in', found)),
      asIs(`vgg19/${name}.b`, 'out', await find(file, bias, [outputs])),
    )
    widths.push(outputs)
    inputs = name === 'conv5_4' ? outputs * POOLED * POOLED : outputs
  }
  checkCount(file, layers.length)
  let at = 0
  const convs = BLOCKS.map(count => {
    at += count
    return widths.slice(at - count, at)
  })
  return { options: { convs, fcs: widths.slice(at) }, tensors }
}

const full = (file: ArrayFile, name: string, inputs: number, isInOut: boolean): Promise<SourceArray> =>
  find(file, name, isInOut ? [inputs, undefined] : [undefined, inputs])

function checkCount({ file, names }: ArrayFile, layers: number): void {
  const params = names.filter(name => name.startsWith('param values')).length
  if (params > 2 * layers)
    throw new FileError(`${params} arrays of parameters, VGG-19 has ${2 * layers}`, {
      file,
      cure: 'give the vgg19.pkl of Lasagne’s model zoo',
    })
}
