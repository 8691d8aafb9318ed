// conv2d against plain loops: every variant, sizes around the tiles, with bias, ReLU and pooling fused.

import type { NdArray } from 'ndarray'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Random } from '../../lib/core/random.ts'
import { Count } from '../../lib/core/shape.ts'
import { weightForms } from '../../lib/graph/compile.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { conv2d, convolve } from '../../lib/ops/conv2d.ts'
import { addBias, relu } from '../../lib/ops/elementwise.ts'
import { maxPool } from '../../lib/ops/max-pool.ts'
import { runsOn, type Tensor, type Variant } from '../../lib/ops/op.ts'
import { type F64, map } from '../reference/array.ts'
import { conv2d as plainConv } from '../reference/conv2d.ts'
import * as plain from '../reference/elementwise.ts'
import { maxPool as plainPool } from '../reference/max-pool.ts'
import { testDevice } from '../support/gpu.ts'
import { assertClose, eachCase, floats, randomSizes, runGuarded, U, withVariant } from '../support/op-case.ts'

interface Operands {
  readonly input: NdArray<Float32Array>
  readonly weight: NdArray<Float32Array>
  readonly bias: NdArray<Float32Array>
}

type Picture = Tensor<'f32', 4>

function operands(random: Random, b: number, c: number, o: number, h: number, w: number): Operands {
  return { input: floats(random, 1, b, c, h, w), weight: floats(random, 1, o, c, 3, 3), bias: floats(random, 1, o) }
}

/** A graph with room for one more picture than the run has. */
function graphOf(
  { input, weight }: Operands,
  variant: Variant,
  after: (y: Picture, bias: Tensor<'f32', 1>) => Picture,
): Graph {
  const [b = 0, c = 0, h = 0, w = 0] = input.shape
  const [o = 0] = weight.shape
  const graph = new Graph()
  const inputs = {
    input: graph.input('input', 'f32', [new Count('batch', b + 1), c, h, w]),
    weight: graph.parameter('weight', [o, c, 3, 3]),
  }
  const { output } = graph.node(withVariant(conv2d, variant), inputs, { activation: 'none', pool: false })
  graph.output('output', after(output as Picture, graph.parameter('bias', [o])))
  return graph
}

const runOf = ({ input, weight, bias }: Operands) => ({
  inputs: { input: input.data },
  counts: { batch: input.shape[0] ?? 0 },
  weights: { weight, bias },
})

/**
 * |error| ≤ (9c + 2) · 2^-24 · Σ|x·w|: as many products and sums as a window over c channels has, each rounded once; the sum of
 * magnitudes is the reference of absolute values. A ReLU and a maximum don't enlarge it.
 */
function bound({ input, weight, bias }: Operands): F64 {
  const magnitude = plainConv(map(input, Math.abs), map(weight, Math.abs), map(bias, Math.abs))
  return map(magnitude, x => (9 * (input.shape[1] ?? 0) + 2) * U * x)
}

// A thread makes 4 × 2 outputs of 4 channels.
const SIZES = [
  { b: 1, c: 1, o: 1, h: 1, w: 1 },
  { b: 1, c: 3, o: 5, h: 3, w: 5 },
  { b: 2, c: 2, o: 4, h: 2, w: 4 },
  { b: 1, c: 5, o: 3, h: 7, w: 3 },
  { b: 3, c: 13, o: 9, h: 8, w: 8 },
  { b: 1, c: 7, o: 8, h: 17, w: 9 },
  { b: 1, c: 64, o: 6, h: 5, w: 6 },
  { b: 2, c: 3, o: 33, h: 3, w: 31 },
  { b: 1, c: 3, o: 32, h: 2, w: 33 },
  { b: 1, c: 4, o: 64, h: 4, w: 64 },
  ...randomSizes(5, { b: [1, 3], c: [1, 9], o: [1, 13], h: [1, 20], w: [1, 20] }),
]

const { facts } = await testDevice()
const direct = conv2d.variants.filter(v => !v.name.startsWith('winograd') && runsOn(v, facts))

for (const variant of direct) {
  // The one for few channels leaves a maximum to the others.
  const pools = variant.kernel === 'conv2d'
  test(`${variant.name} equals plain loops, with a fused bias`, () =>
    eachCase(import.meta.url, SIZES, async ({ b, c, o, h, w }, random) => {
      const given = operands(random, b, c, o, h, w)
      const { outputs, dispatches } = await runGuarded(graphOf(given, variant, addBias), runOf(given))
      assert.equal(dispatches, [`conv2d ${variant.name}`])
      assertClose(outputs.output, plainConv(given.input, given.weight, given.bias), bound(given))
    }))

  test(`${variant.name} takes over ReLU${pools ? ' and maximum' : ''}`, () =>
    eachCase(
      import.meta.url,
      SIZES.filter(({ h, w }) => h > 1 && w > 1),
      async ({ b, c, o, h, w }, random) => {
        const given = operands(random, b, c, o, h, w)
        const after = (y: F64): F64 => (pools ? plainPool(y) : y)
        const block = (y: Picture, bias: Tensor<'f32', 1>): Picture =>
          pools ? maxPool(relu(addBias(y, bias))) : relu(addBias(y, bias))
        const { outputs, dispatches } = await runGuarded(graphOf(given, variant, block), runOf(given))
        assert.equal(dispatches, [`conv2d ${variant.name}`])
        const expected = after(plain.relu(plainConv(given.input, given.weight, given.bias)))
        assertClose(outputs.output, expected, after(bound(given)))
      },
    ))
}

test('works without a bias; what follows a maximum stays on its own', () =>
  eachCase(import.meta.url, [{ b: 1, c: 2, o: 3, h: 6, w: 6 }], async ({ b, c, o, h, w }, random) => {
    const given = operands(random, b, c, o, h, w)
    const graph = new Graph()
    const y = convolve(graph.input('input', 'f32', [b, c, h, w]), graph.parameter('weight', [o, c, 3, 3]))
    graph.output('output', relu(maxPool(y)))
    const { outputs, dispatches } = await runGuarded(graph, {
      inputs: { input: given.input.data },
      weights: { weight: given.weight },
    })
    assert.equal(dispatches, ['conv2d tile-4x2x4', 'elementwise relu'])
    assertClose(outputs.output, plain.relu(plainPool(plainConv(given.input, given.weight))), plainPool(bound(given)))
  }))

/** One picture, whose weight is a parameter: what Winograd's way asks for. */
function winogradGraph({ input, weight }: Operands, pooled: boolean, variant: Variant): Graph {
  const [, c = 0, h = 0, w = 0] = input.shape
  const [o = 0] = weight.shape
  const graph = new Graph()
  const inputs = { input: graph.input('input', 'f32', [1, c, h, w]), weight: graph.parameter('weight', [o, c, 3, 3]) }
  const { output } = graph.node(withVariant(conv2d, variant), inputs, { activation: 'none', pool: false })
  const y = relu(addBias(output as Picture, graph.parameter('bias', [o])))
  graph.output('output', pooled ? maxPool(y) : y)
  return graph
}

// Its transforms multiply by up to 8² and divide by up to 24², so the worst case is far above the error of random numbers, which is
// about 1e-6 of the sum of magnitudes; a wrong coefficient or place is of its order.
const WINOGRAD_ERROR = 1e-5

for (const variant of conv2d.variants.filter(v => v.name.startsWith('winograd') && runsOn(v, facts)))
  test(`${variant.name} equals plain loops, with a fused bias, ReLU and maximum`, () =>
    eachCase(
      import.meta.url,
      [
        { c: 4, o: 1, h: 4, w: 4, pooled: true },
        { c: 32, o: 33, h: 14, w: 14, pooled: true },
        { c: 36, o: 5, h: 9, w: 7, pooled: false },
        { c: 8, o: 40, h: 3, w: 17, pooled: true },
        { c: 64, o: 31, h: 2, w: 2, pooled: false },
        // Blocks are 8 channels of 8 tiles.
        { c: 12, o: 17, h: 13, w: 18, pooled: false },
        { c: 40, o: 9, h: 35, w: 4, pooled: true },
      ],
      async ({ c, o, h, w, pooled }, random) => {
        const given = operands(random, 1, c, o, h, w)
        const { outputs } = await runGuarded(winogradGraph(given, pooled, variant), { ...runOf(given), counts: {} })
        const after = (y: F64): F64 => (pooled ? plainPool(y) : y)
        const magnitude = plainConv(map(given.input, Math.abs), map(given.weight, Math.abs), map(given.bias, Math.abs))
        const expected = after(plain.relu(plainConv(given.input, given.weight, given.bias)))
        assertClose(outputs.output, expected, after(map(magnitude, x => WINOGRAD_ERROR * x)))
      },
    ))

for (const variant of conv2d.variants.filter(v => v.name.startsWith('winograd') && runsOn(v, facts)))
  test(`${variant.name}: whoever loads weights is asked for the given ones alone, not for what is derived from them`, async () => {
    const given = operands(new Random(1), 1, 32, 4, 8, 8)
    const forms = weightForms(winogradGraph(given, false, variant), await testDevice())
    assert.equal([...forms.keys()].sort(), ['bias', 'weight'])
  })

// One column: a thread makes 2 rows of it, 64 threads a workgroup. Nine products and a bias, each below 1.
test('more than 65,535 workgroups', () =>
  eachCase(import.meta.url, [{ b: 1, c: 1, o: 1, h: 65535 * 64 * 2 + 3, w: 1 }], async ({ b, c, o, h, w }, random) => {
    const given = operands(random, b, c, o, h, w)
    const [variant] = conv2d.variants.filter(v => v.name === 'tile-4x2x4')
    if (variant === undefined) throw new Error('no tile-4x2x4')
    const { outputs } = await runGuarded(graphOf(given, variant, addBias), runOf(given))
    assertClose(outputs.output, plainConv(given.input, given.weight, given.bias), 11 * U * 10)
  }))

test.run()
