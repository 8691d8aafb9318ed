// gemm against plain loops: every variant, sizes around the tiles, fused epilogues, weights in pieces.

import type { NdArray } from 'ndarray'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { expandFloat16, narrowToFloat16 } from '../../lib/core/float16.ts'
import { Random } from '../../lib/core/random.ts'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { addBias, relu, tanh } from '../../lib/ops/elementwise.ts'
import { gemm, linear } from '../../lib/ops/gemm.ts'
import { normalizeRows } from '../../lib/ops/l2-normalize.ts'
import { runsOn, type Tensor, type Variant } from '../../lib/ops/op.ts'
import { type F64, map } from '../reference/array.ts'
import * as plain from '../reference/elementwise.ts'
import { gemm as plainGemm } from '../reference/gemm.ts'
import { l2Normalize } from '../reference/l2-normalize.ts'
import { testDevice } from '../support/gpu.ts'
import { array, assertClose, eachCase, floats, randomSizes, runGuarded, U, withVariant } from '../support/op-case.ts'
import { smallBindingDevice } from '../support/watched-device.ts'

interface Operands {
  readonly input: NdArray<Float32Array>
  readonly weight: NdArray<Float32Array>
  readonly bias?: NdArray<Float32Array>
}

/** Rows that the plan has room for beyond those of the run. */
const SPARE = 5

function graphOf({ input, weight, bias }: Operands, variant: Variant, after?: (y: Tensor<'f32', 2>) => Tensor): Graph {
  const [m = 0, k = 0] = input.shape
  const graph = new Graph()
  const x = graph.input('input', 'f32', [new Count('rows', m + SPARE), k])
  const w = graph.parameter('weight', [weight.shape[0] ?? 0, k])
  let y = graph.node(withVariant(gemm, variant), { input: x, weight: w }, { activation: 'none', normalize: false })
    .output as Tensor<'f32', 2>
  if (bias !== undefined) y = addBias(y, graph.parameter('bias', [bias.shape[0] ?? 0]))
  graph.output('output', after === undefined ? y : after(y))
  return graph
}

const runOf = ({ input, weight, bias }: Operands) => ({
  inputs: { input: input.data },
  counts: { rows: input.shape[0] ?? 0 },
  weights: { weight, ...(bias && { bias }) },
})

/**
 * |error| ≤ (k + 2) · 2^-24 · Σ|x·w|: k products and k - 1 sums, each rounded once, in whatever order (Higham, Accuracy and
 * Stability, 3.1); the 2 is for the bias and for second-order terms. The sum of magnitudes is the reference of absolute values.
 */
function bound({ input, weight, bias }: Operands): F64 {
  const magnitude = plainGemm(map(input, Math.abs), map(weight, Math.abs), bias && map(bias, Math.abs))
  return map(magnitude, x => ((input.shape[1] ?? 0) + 2) * U * x)
}

function variantOf(name: string): Variant {
  const variant = gemm.variants.find(v => v.name === name)
  if (variant === undefined) throw new Error(`gemm has no variant ${name}`)
  return variant
}

const { facts } = await testDevice()

/** Variants that this adapter runs, but those that only absorb a norm. */
const usable = gemm.variants.filter(v => v.kernel !== 'gemm.row' && runsOn(v, facts))

/** Whether a variant takes rows of this length, and so many of them. */
const fits = ({ name, kernel }: Variant, k: number, m: number): boolean =>
  kernel === 'gemv.packed'
    ? k % 4 === 0 && m === 1
    : k % 4 === 0 || !(name.endsWith('vec4') || ['gemm.subgroup', 'gemm.quad', 'gemm.tiled'].includes(kernel))

const operands = (random: Random, m: number, k: number, n: number): Operands => ({
  input: floats(random, 1, m, k),
  weight: floats(random, 1, n, k),
  bias: floats(random, 1, n),
})

// Tiles are 32 × 32 outputs for gemm, 8 columns for gemv, 64 × 64 or 128 × 128 for gemm.tiled, and 1, 8, 16, 25 or 32 rows × 32 columns for gemm.subgroup,
// 4, 8, 16 or 28 for gemm.quad.
const SIZES = [
  { m: 1, k: 1, n: 1 },
  { m: 7, k: 13, n: 11 },
  { m: 31, k: 64, n: 33 },
  { m: 33, k: 4, n: 31 },
  { m: 32, k: 129, n: 32 },
  { m: 2, k: 300, n: 9 },
  { m: 65, k: 36, n: 97 },
  { m: 40, k: 4, n: 64 },
  { m: 25, k: 12, n: 32 },
  { m: 51, k: 8, n: 33 },
  { m: 17, k: 20, n: 31 },
  { m: 1, k: 4, n: 9 },
  { m: 1, k: 100, n: 8 },
  { m: 1, k: 68, n: 71 },
  // gemv reads rows in rounds of 4 × 8 or 4 × 16 lanes, each lane one or four numbers, and what remains in single ones.
  { m: 2, k: 128, n: 9 },
  { m: 3, k: 516, n: 8 },
  ...randomSizes(6, { m: [1, 80], k: [1, 160], n: [1, 80] }),
]

for (const variant of usable) {
  const sizes = SIZES.filter(({ m, k }) => fits(variant, k, m))
  test(`${variant.name} equals plain loops`, () =>
    eachCase(
      import.meta.url,
      sizes.map(s => ({ variant: variant.name, ...s })),
      async ({ m, k, n }, random) => {
        const { bias, ...given } = operands(random, m, k, n)
        const { outputs } = await runGuarded(graphOf(given, variant), runOf(given))
        assertClose(outputs.output, plainGemm(given.input, given.weight), bound(given))
        const biased = { ...given, bias }
        const withBias = await runGuarded(graphOf(biased, variant), runOf(biased))
        assert.equal(withBias.dispatches, [`gemm ${variant.name}`])
        assertClose(withBias.outputs.output, plainGemm(given.input, given.weight, bias), bound(biased))
      },
    ))
}

for (const variant of usable.filter(v => v.knobs.flags?.HALF === false && !v.knobs.types))
  test(`${variant.name} reads a weight kept as halves`, () =>
    eachCase(
      import.meta.url,
      SIZES.filter(({ m, k }) => fits(variant, k, m) && k % 4 === 0).map(s => ({ variant: variant.name, ...s })),
      async ({ m, k, n }, random) => {
        const given = operands(random, m, k, n)
        const narrow = expandFloat16(narrowToFloat16(given.weight.data))
        const { outputs } = await runGuarded(graphOf(given, variant), { ...runOf(given), halves: ['weight'] })
        const rounded = { ...given, weight: array(narrow, n, k) }
        assertClose(outputs.output, plainGemm(given.input, rounded.weight, given.bias), bound(rounded))
      },
    ))

test('the rows of a weight that is no parameter may vary from run to run', () =>
  eachCase(import.meta.url, [{ m: 5, k: 8, n: 7 }], async ({ m, k, n }, random) => {
    const { input, weight } = operands(random, m, k, n)
    const graph = new Graph()
    const x = graph.input('input', 'f32', [m, k])
    graph.output('output', linear(x, graph.input('weight', 'f32', [new Count('columns', n + SPARE), k])))
    const run = { inputs: { input: input.data, weight: weight.data }, counts: { columns: n } }
    const { outputs } = await runGuarded(graph, run)
    assertClose(outputs.output, plainGemm(input, weight), bound({ input, weight }))
  }))

/** Epilogues that gemm takes over, and what they do to the bound: both have slope 1 at most; tanh itself may be off by 1e-5 in WGSL. */
const EPILOGUES = [
  { name: 'relu', fused: relu<2>, plain: plain.relu, slack: 0 },
  { name: 'tanh', fused: tanh<2>, plain: plain.tanh, slack: 1e-5 },
]

for (const { name, fused, plain: after, slack } of EPILOGUES)
  test(`${name} is fused and equals plain loops`, () =>
    eachCase(
      import.meta.url,
      usable.filter(v => fits(v, 36, 34)).map(v => ({ variant: v.name, m: 34, k: 36, n: 35 })),
      async ({ variant: wanted, m, k, n }, random) => {
        const given = operands(random, m, k, n)
        const { outputs, dispatches } = await runGuarded(graphOf(given, variantOf(wanted), fused), runOf(given))
        assert.equal(dispatches, [`gemm ${wanted}`])
        const expected = after(plainGemm(given.input, given.weight, given.bias))
        assertClose(
          outputs.output,
          expected,
          map(bound(given), x => x + slack),
        )
      },
    ))

/** What gemm would choose, with a bias and rows of length 1. */
function normalized({ input, weight, bias }: Operands): Graph {
  const [m = 0, k = 0] = input.shape
  const graph = new Graph()
  const x = graph.input('input', 'f32', [new Count('rows', m + SPARE), k])
  const y = linear(x, graph.parameter('weight', [weight.shape[0] ?? 0, k]))
  const biased = bias === undefined ? y : addBias(y, graph.parameter('bias', [bias.shape[0] ?? 0]))
  graph.output('output', normalizeRows(biased))
  return graph
}

test('rows are normalised in the same kernel where the weight is small', () =>
  eachCase(
    import.meta.url,
    [
      { m: 1, k: 1, n: 1, biased: false },
      { m: 3, k: 13, n: 63, biased: true },
      { m: 17, k: 64, n: 65, biased: false },
      { m: 5, k: 255, n: 257, biased: true },
      { m: 65541, k: 2, n: 3, biased: true },
    ],
    async ({ m, k, n, biased }, random) => {
      const { bias, ...rest } = operands(random, m, k, n)
      const given: Operands = biased ? { ...rest, bias } : rest
      const { outputs, dispatches } = await runGuarded(normalized(given), runOf(given))
      assert.equal(dispatches, ['gemm row-normalized'])
      const y = plainGemm(given.input, given.weight, given.bias)
      // Relative to the length of the row: the errors of its elements, that of its length (at most their root of squares,
      // and (n + 4) roundings of squares, root and quotient).
      const errors = bound(given)
      const limits = map(y, () => 0)
      for (let row = 0; row < m; row++) {
        const columns = Array.from({ length: n }, (_, i) => i)
        const length = Math.hypot(...columns.map(i => y.get(row, i)))
        const error = Math.hypot(...columns.map(i => errors.get(row, i)))
        for (const i of columns) limits.set(row, i, (errors.get(row, i) + error) / length + (n + 4) * U)
      }
      assertClose(outputs.output, l2Normalize(y), limits)
    },
  ))

test('rows of a large weight are normalised by a kernel of their own', async () => {
  const given = { input: array(new Float32Array(257), 1, 257), weight: array(new Float32Array(257 * 256), 256, 257) }
  const { outputs, dispatches } = await runGuarded(normalized(given), runOf(given))
  assert.equal(dispatches, ['gemm tile', 'l2-normalize plain'])
  assert.equal(outputs.output?.get(0, 0), 0, 'a row of zeros stays zero')
})

test('a picture counts as rows of its elements', async () => {
  const random = new Random(1)
  const [input, weight] = [floats(random, 1, 2, 60), floats(random, 1, 7, 60)]
  const graph = new Graph()
  const x = graph.input('input', 'f32', [2, 3, 4, 5])
  graph.output('output', linear(x, graph.parameter('weight', [7, 60])))
  const { outputs } = await runGuarded(graph, { inputs: { input: input.data }, weights: { weight } })
  assertClose(outputs.output, plainGemm(input, weight), bound({ input, weight }))
})

test('no rows at all', () =>
  eachCase(
    import.meta.url,
    usable.filter(v => fits(v, 4, v.kernel === 'gemv.packed' ? 1 : 0)).map(v => ({ variant: v.name })),
    async ({ variant: wanted }, random) => {
      const given = { input: array(new Float32Array(0), 0, 4), weight: floats(random, 1, 3, 4) }
      const { outputs } = await runGuarded(graphOf(given, variantOf(wanted)), runOf(given))
      assert.equal(outputs.output?.shape, [0, 3])
    },
  ))

// 65,536 workgroups: rows, and columns, of the tiles; columns of gemv.
test('more than 65,535 workgroups in a dimension', () =>
  eachCase(
    import.meta.url,
    [
      { variant: 'tile', m: 65535 * 32 + 5, k: 1, n: 1 },
      { variant: 'tile-vec4', m: 3, k: 4, n: 65535 * 32 + 5 },
      { variant: 'gemv', m: 2, k: 1, n: 65535 * 8 + 3 },
      // An odd number of tiles: one too many is dispatched.
      { variant: 'subgroup-8x4', m: 65536 * 8 + 5, k: 4, n: 1 },
      { variant: 'quad-4x8', m: 65536 * 4 + 3, k: 4, n: 1 },
      // Rows of the packed weight that fold into a texture's next column.
      { variant: 'subgroup-8x4-packed', m: 3, k: 20, n: 40003 },
      { variant: 'gemv-packed', m: 1, k: 20, n: 40003 },
      { variant: 'gemv-packed', m: 1, k: 4, n: 65535 * 8 + 3 },
    ].filter(({ variant }) => usable.some(v => v.name === variant)),
    async ({ variant: wanted, m, k, n }, random) => {
      const given = operands(random, m, k, n)
      const { outputs } = await runGuarded(graphOf(given, variantOf(wanted)), runOf(given))
      assertClose(outputs.output, plainGemm(given.input, given.weight, given.bias), bound(given))
    },
  ))

for (const bytes of [4096, 16384])
  test(`a weight of 19,200 bytes over bindings of ${bytes} is computed piece by piece`, async () => {
    const device = await smallBindingDevice(bytes)
    await eachCase(
      import.meta.url,
      usable
        // Software adapters take seconds to compile gemm.tiled.
        .filter(v => bytes === 4096 || v.kernel !== 'gemm.tiled')
        .map(v => ({ v, m: v.kernel === 'gemv.packed' ? 1 : 8 }))
        .filter(({ v, m }) => fits(v, 64, m))
        .map(({ v, m }) => ({ variant: v.name, m, k: 64, n: 75, bytes })),
      async ({ variant: wanted, m, k, n }, random) => {
        const given = operands(random, m, k, n)
        const { outputs } = await runGuarded(graphOf(given, variantOf(wanted), tanh), { ...runOf(given), device })
        const expected = plain.tanh(plainGemm(given.input, given.weight, given.bias))
        assertClose(
          outputs.output,
          expected,
          map(bound(given), x => x + 1e-5),
        )
      },
    )
    await device.dispose()
  })

test.run()
