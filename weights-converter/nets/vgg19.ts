// VGG-19, from Lasagne's vgg19.pkl, a Caffe model or a Keras .h5. Nobody's filters are flipped, and all three read blue, green, red;
// what differs is the order of axes, and of the numbers that the first fully connected layer reads.

import { FileError } from '../../lib/core/errors.ts'
import type { Place } from '../formats/source-array.ts'
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

/** A layer's weight as the bundle has it, and the layer's width. */
interface Weight {
  readonly outputs: number
  readonly tensor: (name: string) => NetTensor
}

/** The order of axes in a file. `positions` are those of the picture that a fully connected layer reads, with `inputs` all in all. */
interface Form {
  conv(file: ArrayFile, array: string, inputs: number): Promise<Weight>
  full(file: ArrayFile, array: string, inputs: number, positions: number): Promise<Weight>
}

const asStored = async (file: ArrayFile, array: string, inputs: number): Promise<Weight> => {
  const found = await find(file, array, [undefined, inputs, 3, 3])
  return { outputs: found.shape[0] ?? 0, tensor: name => asIs(name, CONV, found) }
}

/** [in, out] */
const lasagne: Form = {
  conv: asStored,
  async full(file, array, inputs) {
    const found = await find(file, array, [inputs, undefined])
    return { outputs: found.shape[1] ?? 0, tensor: name => turned(name, found) }
  },
}

/** [out, in] */
const caffe: Form = {
  conv: asStored,
  async full(file, array, inputs) {
    const found = await find(file, array, [undefined, inputs])
    return { outputs: found.shape[0] ?? 0, tensor: name => asIs(name, 'out, in', found) }
  },
}

/** [row, column, in, out]; a picture's channels vary fastest. */
const keras: Form = {
  async conv(file, array, inputs) {
    const found = await find(file, array, [3, 3, inputs, undefined])
    const outputs = found.shape[3] ?? 0
    const matrix = { ...found, shape: [9 * inputs, outputs] }
    const shape = [outputs, inputs, 3, 3]
    return { outputs, tensor: name => ({ ...turned(name, matrix, channelsFirst(9, inputs)), shape, layout: CONV }) }
  },
  async full(file, array, inputs, positions) {
    const found = await find(file, array, [inputs, undefined])
    return {
      outputs: found.shape[1] ?? 0,
      tensor: name => turned(name, found, channelsFirst(positions, inputs / positions)),
    }
  },
}

/** From an input's place where channels vary fastest to the one where positions do. */
const channelsFirst = (positions: number, channels: number): Place => {
  return row => (row % channels) * positions + Math.floor(row / channels)
}

const CONV = 'out, in, row, column'

/** From the list "param values": weight and bias of each layer in order. */
export const lasagneVgg19 = (file: ArrayFile): Promise<Net<'vgg19'>> =>
  vgg19(
    file,
    LAYERS.map((name, i) => ({ name, weight: `param values[${2 * i}]`, bias: `param values[${2 * i + 1}]` })),
    lasagne,
  )

/** From the blobs of a Caffe model, by the layers' names. */
export const caffeVgg19 = (file: ArrayFile): Promise<Net<'vgg19'>> =>
  vgg19(
    file,
    LAYERS.map(name => ({ name, weight: `${name}[0]`, bias: `${name}[1]` })),
    caffe,
  )

/** From the datasets of a Keras model: weights alone or a whole model, of any version. */
export async function kerasVgg19(file: ArrayFile): Promise<Net<'vgg19'>> {
  const layers = kerasLayers(file.names)
  const lacking = layers.find(({ weight, bias }) => weight === '' || bias === '')
  if (lacking?.name === 'fc6')
    throw new FileError('a VGG-19 without its fully connected layers (“no top”), which the story needs', {
      file: file.file,
      cure: 'take vgg19_weights_tf_dim_ordering_tf_kernels.h5',
    })
  if (lacking !== undefined)
    throw new FileError(`has no weights of ${lacking.name}; it has ${file.names.slice(0, 20).join(', ')}`, {
      file: file.file,
      cure: 'check that it is a whole VGG-19',
    })
  return vgg19(file, layers, keras)
}

/** Whether the datasets' names are those of a Keras VGG-19, with its top or without. */
export const isKerasVgg19 = (names: readonly string[]): boolean => {
  const found = new Map(kerasLayers(names).map(({ name, weight }) => [name, weight]))
  return ['conv1_1', 'conv3_4', 'conv5_4'].every(name => found.get(name))
}

const LAYERS = [
  ...BLOCKS.flatMap((count, block) => Array.from({ length: count }, (_, i) => `conv${block + 1}_${i + 1}`)),
  'fc6',
  'fc7',
  'fc8',
]

/** What Keras calls the layers: by names of their own, or, since Keras 3, by kind and number. */
function kerasLayers(names: readonly string[]): Layer[] {
  const named = (pattern: RegExp): string => names.find(name => pattern.test(name)) ?? ''
  const convs = LAYERS.filter(name => name.startsWith('conv'))
  return LAYERS.map((name, i) => {
    const [kind, number] = name.startsWith('conv') ? ['conv2d', i] : ['dense', i - convs.length]
    const own = KERAS_NAMES.get(name) ?? name.replace('conv', 'block').replace('_', '_conv')
    const group = `(?:^|/)(?:${own}|${name})/(?:.*[/_])?`
    const counted = `(?:^|/)${kind}${number === 0 ? '' : `_${number}`}/vars/`
    return {
      name,
      weight: named(new RegExp(`${group}(?:kernel|W)(?:_1)?(?::0)?$|${counted}0$`)),
      bias: named(new RegExp(`${group}(?:bias|b)(?:_1)?(?::0)?$|${counted}1$`)),
    }
  })
}

const KERAS_NAMES = new Map([
  ['fc6', 'fc1'],
  ['fc7', 'fc2'],
  ['fc8', 'predictions'],
])

async function vgg19(file: ArrayFile, layers: readonly Layer[], form: Form): Promise<Net<'vgg19'>> {
  const tensors: NetTensor[] = []
  const widths: number[] = []
  let inputs = 3
  for (const { name, weight, bias } of layers) {
    const positions = name === 'fc6' ? POOLED * POOLED : 1
    const { outputs, tensor } = name.startsWith('conv')
      ? await form.conv(file, weight, inputs)
      : await form.full(file, weight, inputs * positions, positions)
    tensors.push(tensor(`vgg19/${name}.W`), asIs(`vgg19/${name}.b`, 'out', await find(file, bias, [outputs])))
    widths.push(outputs)
    inputs = outputs
  }
  checkCount(file, layers.length)
  let at = 0
  const convs = BLOCKS.map(count => {
    at += count
    return widths.slice(at - count, at)
  })
  return { options: { convs, fcs: widths.slice(at) }, tensors }
}

function checkCount({ file, names }: ArrayFile, layers: number): void {
  const params = names.filter(name => name.startsWith('param values')).length
  if (params > 2 * layers)
    throw new FileError(`${params} arrays of parameters, VGG-19 has ${2 * layers}`, {
      file,
      cure: 'give the vgg19.pkl of Lasagne’s model zoo',
    })
}
