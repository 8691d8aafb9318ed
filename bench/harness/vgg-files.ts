// VGG-19 up to fc7 for the peers, with the weights that ours has: raw float32 in one file, an ONNX model over it, and the picture.
// Written once into the cache (about 560 MB).

import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { cacheHome } from '../../lib/core/cache-home.node.ts'
import { VGG19, vgg19Weights } from './full-size.ts'
import { type OnnxNode, onnxModel, type StoredTensor } from './onnx.ts'
import type { PeerJob } from './peer.ts'

const WEIGHTS = 'vgg19.weights'
const PART = 2 ** 22

/** Layers in order; whether a pooling follows. */
const CONVS = VGG19.convs.flatMap((widths, block) =>
  widths.map((width, i) => ({
    name: `conv${block + 1}_${i + 1}`,
    width,
    inputs: widths[i - 1] ?? VGG19.convs[block - 1]?.at(-1) ?? 3,
    pooled: i === widths.length - 1,
  })),
)
const FULL = [
  { name: 'fc6', inputs: 512 * 7 * 7, width: 4096 },
  { name: 'fc7', inputs: 4096, width: 4096 },
]

function tensors(): StoredTensor[] {
  let offset = 0
  const layers = [
    ...CONVS.map(({ name, inputs, width }) => ({ name, width, shape: [width, inputs, 3, 3] })),
    ...FULL.map(({ name, inputs, width }) => ({ name, width, shape: [width, inputs] })),
  ]
  const all = layers.flatMap(({ name, width, shape }) => [
    { name: `${name}.W`, shape },
    { name: `${name}.b`, shape: [width] },
  ])
  return all.map(({ name, shape }) => {
    const tensor = { name, shape, offset }
    offset += 4 * shape.reduce((n, d) => n * d, 1)
    return tensor
  })
}

function nodes(): OnnxNode[] {
  const list: OnnxNode[] = []
  let x = 'image'
  const add = (op: string, output: string, more: readonly string[] = [], attributes: OnnxNode['attributes'] = {}) => {
    list.push({ op, inputs: [x, ...more], output, attributes })
    x = output
  }
  for (const { name, pooled } of CONVS) {
    add('Conv', name, [`${name}.W`, `${name}.b`], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })
    add('Relu', `${name}.relu`)
    if (pooled) add('MaxPool', `${name}.pool`, [], { kernel_shape: [2, 2], strides: [2, 2] })
  }
  add('Flatten', 'flat')
  for (const { name } of FULL) {
    add('Gemm', `${name}.linear`, [`${name}.W`, `${name}.b`], { transB: 1 })
    add('Relu', name)
  }
  return list
}

/** The job for peers; its files are written where they are not there yet. */
export async function vgg19Job(image: Float32Array): Promise<PeerJob> {
  const folder = join(cacheHome(), 'bench', 'vgg19')
  const stored = tensors()
  const files = { weights: join(folder, WEIGHTS), model: join(folder, 'vgg19.onnx'), image: join(folder, 'image.f32') }
  mkdirSync(folder, { recursive: true })
  if (!existsSync(files.weights)) await writeWeights(files.weights, stored)
  const ends = { input: ['image', [1, 3, 224, 224]], output: ['fc7', [1, 4096]] } as const
  writeFileSync(files.model, onnxModel(nodes(), stored, ends, WEIGHTS))
  writeFileSync(files.image, image)
  return {
    op: 'vgg19',
    ...files,
    tensors: Object.fromEntries(stored.map(({ name, shape, offset }) => [name, { shape, offset }])),
    convs: CONVS.map(({ name, pooled }) => [name, pooled]),
  }
}

async function writeWeights(path: string, stored: readonly StoredTensor[]): Promise<void> {
  const find = vgg19Weights()
  const temporary = `${path}.tmp-${process.pid}`
  const file = openSync(temporary, 'w')
  try {
    for (const { name } of stored) for await (const { data } of find(`vgg19/${name}`).parts(PART)) writeSync(file, data)
  } finally {
    closeSync(file)
  }
  renameSync(temporary, path)
}
