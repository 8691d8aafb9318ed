// Every kernel compiles: as it stands in its file, and as every variant of every op specialises it. Dawn's null backend validates
// without a GPU, within WebGPU's default limits. Also that the list of ops is whole.

import { readdirSync } from 'node:fs'
import ndarray from 'ndarray'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { create, globals } from 'webgpu'
import { Count } from '../../lib/core/shape.ts'
import { type Kernel, specialise } from '../../lib/gpu/kernel.ts'
import { kernelNames, kernelSource } from '../../lib/gpu/kernel-source.node.ts'
import { buildPipeline } from '../../lib/gpu/pipeline.ts'
import { DEFAULT_TUNING } from '../../lib/gpu/tuning.ts'
import { differentiate } from '../../lib/graph/autodiff.ts'
import { fuse } from '../../lib/graph/fuse.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { beamSearchGraph, sampleGraph } from '../../lib/nets/decoder.ts'
import { collect } from '../../lib/ops/collect-rows.ts'
import { join } from '../../lib/ops/concat.ts'
import { convolve } from '../../lib/ops/conv2d.ts'
import { crossEntropy } from '../../lib/ops/cross-entropy.ts'
import { add, addBias, multiply, relu, sigmoid, subtract, tanh } from '../../lib/ops/elementwise.ts'
import { linear } from '../../lib/ops/gemm.ts'
import { OPS } from '../../lib/ops/index.ts'
import { normalizeRows } from '../../lib/ops/l2-normalize.ts'
import { maxPool } from '../../lib/ops/max-pool.ts'
import type { Node, Op } from '../../lib/ops/op.ts'
import { sumSegments } from '../../lib/ops/segment-sum.ts'
import { softmax } from '../../lib/ops/softmax.ts'
import { largestOf } from '../../lib/ops/top-k.ts'
import { program } from '../../lib/train/program.ts'
import type { Recipe } from '../../lib/train/recipe.ts'
import { decoderRecipe } from '../../lib/train/recipes/decoder.ts'
import { embeddingRecipe } from '../../lib/train/recipes/embedding.ts'
import { skipThoughtsRecipe } from '../../lib/train/recipes/skip-thoughts.ts'
import { vgg19Recipe } from '../../lib/train/recipes/vgg19.ts'
import type { NamedArrays } from '../../lib/train/types.ts'

Object.assign(globalThis, globals)
// Held to the end: Dawn aborts when it is collected.
const gpu = create(['backend=null'])
let opened: Promise<GPUDevice> | undefined

async function open(): Promise<GPUDevice> {
  const adapter = await gpu.requestAdapter()
  if (adapter === null) throw new Error('Dawn has no null backend')
  const requiredFeatures = (['subgroups'] as const).filter(feature => adapter.features.has(feature))
  return adapter.requestDevice({ requiredFeatures })
}

/** Throws what the compiler or the pipeline says. */
async function compile(kernel: Kernel): Promise<void> {
  opened ??= open()
  await buildPipeline(await opened, kernel)
}

/** Graphs that between them use every op, with every operand and epilogue that changes a kernel's text. */
function samples(): Graph[] {
  const decoder = { dim: 4, dimWord: 3, dimContext: 5, nWords: 9, doutput: true }
  return [
    beamSearchGraph(decoder, { width: 3, maxlen: 4, useUnknown: false }),
    sampleGraph({ ...decoder, doutput: false }, { rows: 3, maxlen: 4, useUnknown: true }),
    convolutions(),
    matrices(),
    ...trainers(),
  ]
}

/** Updates of small nets: between them every gradient. */
function trainers(): Graph[] {
  const gru = (name: string, units = 4): Record<string, number[]> => ({
    [`${name}_W`]: [3, 2 * units],
    [`${name}_b`]: [2 * units],
    [`${name}_U`]: [units, 2 * units],
    [`${name}_Wx`]: [3, units],
    [`${name}_Ux`]: [units, units],
    [`${name}_bx`]: [units],
  })
  const zeros = (shapes: Record<string, number[]>): NamedArrays =>
    Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [
        name,
        ndarray(new Float32Array(shape.reduce((n, d) => n * d, 1)), shape),
      ]),
    )
  const logits = { ff_logit_W: [4, 9], ff_logit_b: [9] }
  const decoder = { Wemb: [9, 3], ff_state_W: [5, 4], ff_state_b: [4], ...gru('decoder'), ...logits }
  const decoders = { ...gru('decoder_f'), ...gru('decoder_b') }
  const bi = { Wemb: [9, 3], ...gru('encoder', 2), ...gru('encoder_r', 2), ...decoders, ...logits }
  const bow = { Wemb: [9, 4], ff_image_W: [5, 4], ff_image_b: [4] }
  const pictures = {
    'vgg19/conv1_1.W': [2, 3, 3, 3],
    'vgg19/conv1_1.b': [2],
    'vgg19/conv1_2.W': [2, 2, 3, 3],
    'vgg19/conv1_2.b': [2],
    'vgg19/fc6.W': [4, 8],
    'vgg19/fc6.b': [4],
    'vgg19/fc7.W': [4, 4],
    'vgg19/fc7.b': [4],
    'vgg19/fc8.W': [3, 4],
    'vgg19/fc8.b': [3],
  }
  const room = {
    sentences: 3,
    pictures: 2,
    'x words': 5,
    'x steps': 2,
    'y words': 5,
    'y steps': 2,
    'z words': 5,
    'z steps': 2,
  }
  const made = (recipe: Recipe<never>) => program(recipe, room, 'update', { gradClip: 5, decay: 0.01 })
  const activations = new Graph()
  const x = activations.parameter('x', [4, 3])
  const y = subtract(add(relu(x), sigmoid(x)), multiply(tanh(x), x))
  differentiate(activations, [crossEntropy(y, activations.input('targets', 'i32', [4]))])
  return [
    activations,
    made(decoderRecipe({}, zeros(decoder))),
    made(skipThoughtsRecipe({ encoder: 'bi' }, zeros(bi))),
    made(embeddingRecipe({ encoder: 'bow' }, zeros(bow))),
    made(vgg19Recipe({}, zeros(pictures))),
  ]
}

function convolutions(): Graph {
  const graph = new Graph()
  const x = graph.input('picture', 'f32', [1, 2, 8, 8])
  const bias = graph.parameter('channels', [3])
  const conv = () => convolve(x, graph.parameter('conv', [3, 2, 3, 3]))
  const made = [conv(), addBias(conv(), bias), relu(conv()), maxPool(addBias(conv(), bias)), maxPool(relu(conv()))]
  for (const [i, y] of [...made, maxPool(relu(addBias(conv(), bias))), maxPool(x)].entries()) graph.output(`${i}`, y)
  return graph
}

function matrices(): Graph {
  const graph = new Graph()
  const x = graph.input('x', 'f32', [new Count('rows', 9), 8])
  const bias = graph.parameter('bias', [7])
  const y = () => linear(x, graph.parameter('weight', [7, 8]))
  const biased = () => addBias(y(), bias)
  const epilogues = [y(), biased(), relu(y()), relu(biased()), tanh(y()), tanh(biased()), normalizeRows(y())]
  const others = [normalizeRows(biased()), normalizeRows(x), join(x, x), softmax(x), multiply(x, x), sigmoid(x)]
  const starts = graph.input('starts', 'u32', [3])
  const kept = graph.keep('kept', 'f32', [9, 8])
  collect(graph.input('rows', 'f32', [9, 8]), kept, { first: 0, count: 2 })
  const made = [...epilogues, ...others, sumSegments(x, starts, 2), largestOf(x, 3).values, kept]
  for (const [i, tensor] of made.entries()) graph.output(`${i}`, tensor)
  return graph
}

const nodes = (graph: Graph): Node[] =>
  [...graph.items, ...fuse(graph)].flatMap(item => (item.kind === 'node' ? [item.node] : item.loop.body))

const all = samples().flatMap(nodes)

for (const name of kernelNames())
  test(`kernels/${name}.wgsl compiles unmodified`, () =>
    compile({ ...specialise(name, kernelSource(name)), code: kernelSource(name) }))

const FACTS = {
  isHardware: false,
  features: new Set(['subgroups']),
  subgroupMinSize: 8,
  subgroupMaxSize: 8,
  maxInvocations: 256,
  tuning: DEFAULT_TUNING,
}
const used = new Set(['repeat-next', 'pack-rows'])

for (const op of OPS)
  test(`every variant of ${op.name} compiles`, async () => {
    const mine = all.filter(node => node.op.name === op.name)
    assert.ok(mine.length > 0, `${op.name} is in no sample graph of this test`)
    const steps = op.variants.flatMap(variant => mine.flatMap(node => op.lower(node, variant, FACTS)))
    const kernels = steps.flatMap(({ kernel, knobs, derived }) => [
      specialise(kernel, kernelSource(kernel), knobs),
      ...(derived === undefined ? [] : [specialise(derived.kernel, kernelSource(derived.kernel))]),
    ])
    for (const { name } of kernels) used.add(name)
    const texts = new Map(kernels.map(kernel => [JSON.stringify([kernel.code, kernel.overrides]), kernel]))
    await Promise.all([...texts.values()].map(compile))
  })

test('every kernel is some op’s', () => assert.equal([...used].sort(), kernelNames()))

test('the compiler is heard', async () => {
  const text = kernelSource('softmax').replace('sum += e;', 'sum += lane;')
  let message = ''
  await compile(specialise('softmax', text)).catch((error: unknown) => {
    message = String(error)
  })
  assert.match(message, /softmax\.wgsl does not compile\nsoftmax\.wgsl:\d+:\d+ /)
})

const folder = new URL('../../lib/ops/', import.meta.url)

test('every op is in the list of ops', async () => {
  for (const file of readdirSync(folder)) {
    const exported: unknown[] = Object.values(await import(new URL(file, folder).href))
    const ops = exported.filter((x): x is Op => typeof x === 'object' && x !== null && 'infer' in x && 'lower' in x)
    assert.ok(
      ops.length > 0 || ['index.ts', 'op.ts', 'quad.ts', 'subgroup.ts'].includes(file),
      `lib/ops/${file} exports no op`,
    )
    for (const op of ops) assert.ok(OPS.includes(op), `${op.name} is not in lib/ops/index.ts`)
  }
})

test.run()
