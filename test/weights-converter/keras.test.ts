// VGG-19 as Keras keeps it: the layouts of its versions, weights alone or within a model, with channels last everywhere. The bundle
// must be the one that the same numbers make in Lasagne's order.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openFile } from '../../lib/io/bytes.node.ts'
import { convert } from '../../weights-converter/convert.ts'
import { inspectFile } from '../../weights-converter/inspect.ts'
import { dataset, type Hdf5Dataset, type Hdf5Group, hdf5 } from '../support/hdf5-writer.ts'
import { bundleArrays } from '../support/tiny-model.ts'
import { originalsWith, refused, sameFloats, temporaryFolder, WEIGHTS } from './files.ts'
import { original, tinyManifest } from './originals.ts'

/** The layers in order, as Caffe and Lasagne call them. */
const LAYERS = tinyManifest.tensors
  .filter(({ file, name }) => file === 'vgg19.pkl' && name.endsWith('.W'))
  .map(({ name }) => name.slice(0, -2))
const CONVS = LAYERS.filter(name => name.startsWith('conv')).length

const KERAS: Readonly<Record<string, string>> = { fc6: 'fc1', fc7: 'fc2', fc8: 'predictions' }
const keras = (name: string): string => KERAS[name] ?? name.replace('conv', 'block').replace('_', '_conv')

interface Layer {
  readonly name: string
  readonly weight: Hdf5Dataset
  readonly bias: Hdf5Dataset
}

/** A layer in Keras's order, from the definition: kernel[row, column, in, out]; the picture flattened as row, column, channel. */
function layer(name: string, isChunked = false): Layer {
  const { shape, data } = original('vgg19.pkl', `${name}.W`)
  const bias = original('vgg19.pkl', `${name}.b`)
  const [first = 0, second = 0] = shape
  const out: number[] = []
  if (shape.length === 4)
    for (let position = 0; position < 9; position++)
      for (let input = 0; input < second; input++)
        for (let output = 0; output < first; output++)
          out.push(data[(output * second + input) * 9 + position] ?? Number.NaN)
  else {
    const positions = name === 'fc6' ? 49 : 1
    const channels = first / positions
    for (let position = 0; position < positions; position++)
      for (let channel = 0; channel < channels; channel++)
        for (let output = 0; output < second; output++)
          out.push(data[(channel * positions + position) * second + output] ?? Number.NaN)
  }
  const axes = shape.length === 4 ? [3, 3, second, first] : shape
  const chunks = axes.map(size => Math.ceil(size / 2))
  const weight = dataset(axes, out, isChunked ? { chunks, filters: ['shuffle', 'deflate'] } : {})
  return { name, weight, bias: dataset(bias.shape, bias.data) }
}

const group = (entries: (readonly [string, Hdf5Group | Hdf5Dataset])[]): Hdf5Group => ({
  children: Object.fromEntries(entries),
})

/** Keras 1: layer/layer_W_1:0, and layers that hold nothing. */
const keras1 = (): Hdf5Group => ({
  attributes: { layer_names: ['input_1', ...LAYERS.map(keras)] },
  children: Object.fromEntries([
    ['input_1', { attributes: { weight_names: [] }, children: {} }],
    ...LAYERS.map(name => {
      const { weight, bias } = layer(name)
      const names = [`${keras(name)}_W_1:0`, `${keras(name)}_b_1:0`]
      const children = { [names[0] ?? '']: weight, [names[1] ?? '']: bias }
      return [keras(name), { attributes: { weight_names: names }, children }] as const
    }),
  ]),
})

/** Keras 2: layer/layer/kernel:0; a whole model has them in a group of their own. */
const keras2 = (isChunked = false): Hdf5Group =>
  group(
    LAYERS.map(name => {
      const { weight, bias } = layer(name, isChunked)
      return [keras(name), group([[keras(name), { children: { 'kernel:0': weight, 'bias:0': bias } }]])] as const
    }),
  )

/** Keras 3: layers by kind and number, their arrays by number. */
const keras3 = (): Hdf5Group => {
  const counted = (i: number): string => {
    const [kind, number] = i < CONVS ? ['conv2d', i] : ['dense', i - CONVS]
    return number === 0 ? kind : `${kind}_${number}`
  }
  const layers = LAYERS.map((name, i) => {
    const { weight, bias } = layer(name)
    return [counted(i), group([['vars', { children: { 0: weight, 1: bias } }]])] as const
  })
  return group([['layers', group([...layers, ['flatten', group([['vars', group([])]])]])]])
}

/** Writes it beside nothing and converts it alone. */
async function converted(root: Hdf5Group): Promise<string> {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'weights.h5'), hdf5(root))
  const out = join(folder, 'bundle')
  await convert({ source: WEIGHTS, out, only: 'vgg19', vgg: join(folder, 'weights.h5') })
  return out
}

const lasagnes = (async () => {
  const out = join(temporaryFolder(), 'bundle')
  await convert({ source: WEIGHTS, out, only: 'vgg19', vgg: join(WEIGHTS, 'vgg19.pkl') })
  return bundleArrays(out)
})()

async function sameAsLasagnes(out: string): Promise<void> {
  const [is, should] = [await bundleArrays(out), await lasagnes]
  assert.equal(Object.keys(is).sort(), Object.keys(should).sort())
  for (const [name, data] of Object.entries(should)) sameFloats(is[name] ?? new Float32Array(), data, name)
}

const FORMS: Readonly<Record<string, () => Hdf5Group>> = {
  'the weights of Keras 1': keras1,
  'the weights of Keras 2': keras2,
  'a whole model of Keras 2': () => group([['model_weights', keras2()]]),
  'chunked and deflated weights': () => keras2(true),
  'the weights of Keras 3': keras3,
}
for (const [name, root] of Object.entries(FORMS))
  test(name, async () => {
    await sameAsLasagnes(await converted(root()))
  })

test('by content, where there is no other VGG-19', async () => {
  const source = await originalsWith({
    'vgg19.pkl': undefined,
    'vgg19.p0.pkl': undefined,
    'VGG_ILSVRC_19_layers.caffemodel': undefined,
    'VGG_v1.caffemodel': undefined,
    'some.weights': hdf5(keras1()),
  })
  const out = join(temporaryFolder(), 'bundle')
  const { sources } = await convert({ source, out, only: 'vgg19' })
  assert.equal(
    sources.map(({ file, role }) => [file, role]),
    [['some.weights', 'vgg19']],
  )
  await sameAsLasagnes(out)
  const file = await openFile(join(source, 'some.weights'))
  assert.equal((await inspectFile(file)).role, 'vgg19')
  await file.close()
})

test('weights without the top, or with the axes of Theano, are refused in words', async () => {
  const whole = keras1()
  const bare = {
    children: Object.fromEntries(Object.entries(whole.children).filter(([name]) => name.startsWith('block'))),
  }
  await refused(converted(bare), /without its fully connected layers/, /take vgg19_weights_tf_dim_ordering/)
  const theano = group(
    LAYERS.map(name => {
      const { weight, bias } = layer(name)
      const shape = weight.shape.length === 4 ? weight.shape.toReversed() : weight.shape
      return [keras(name), { children: { 'kernel:0': { ...weight, shape }, 'bias:0': bias } }] as const
    }),
  )
  await refused(
    converted(theano),
    /kernel:0 is \[3, 3, 3, 3\]|kernel:0 is \[\d+, 3, 3, 3\], where \[3, 3, \d+, \?\] is needed/,
  )
})

test.run()
