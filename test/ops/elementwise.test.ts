// elementwise ops against plain loops: every kind, with equal shapes and along each axis.

import type { NdArray } from 'ndarray'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Rank } from '../../lib/core/shape.ts'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import {
  add,
  addBias,
  type ElementwiseKind,
  elementwise,
  multiply,
  relu,
  sigmoid,
  subtract,
  tanh,
} from '../../lib/ops/elementwise.ts'
import type { Tensor } from '../../lib/ops/op.ts'
import type { F64 } from '../reference/array.ts'
import { map } from '../reference/array.ts'
import * as plain from '../reference/elementwise.ts'
import { array, assertClose, eachCase, floats, randomSizes, runGuarded, U } from '../support/op-case.ts'

/** The largest difference that WGSL's own accuracy allows at argument x. */
const UNARY = {
  relu: { op: relu, plain: plain.relu, bound: () => 0 },
  negate: {
    op: (input: Tensor<'f32', Rank>) => input.emit.node(elementwise, { input }, { kind: 'negate' }).output as Tensor,
    plain: plain.negate,
    bound: () => 0,
  },
  // 1e-5 whatever x is.
  tanh: { op: tanh, plain: plain.tanh, bound: () => 1e-5 },
  // exp is off by (3 + 2·|x|) · 2^-23 of itself, sum and quotient by 6 · 2^-24; past |x| = 60 the argument is clamped (e^-60 < 1e-26).
  sigmoid: {
    op: sigmoid,
    plain: plain.sigmoid,
    bound: (x: number) => {
      const s = 1 / (1 + Math.exp(-x))
      return s * ((1 - s) * (6 + 4 * Math.abs(x)) + 6) * U + 1e-26
    },
  },
}
/** The kinds that only gradient rules use have no function of their own. */
const ofKind = (kind: ElementwiseKind) => (input: Tensor<'f32', 2>, other: Tensor<'f32', 2>) =>
  input.emit.node(elementwise, { input, other }, { kind }).output as Tensor<'f32', 2>
/** `bound`: roundings, relative to the magnitude of what is rounded; one by default. */
const BINARY = {
  add: { op: add, plain: plain.add },
  subtract: { op: subtract, plain: plain.subtract },
  multiply: { op: multiply, plain: plain.multiply },
  'relu-gradient': { op: ofKind('relu-gradient'), plain: plain.reluGradient },
  'tanh-gradient': { op: ofKind('tanh-gradient'), plain: plain.tanhGradient, bound: threeRoundings },
  'sigmoid-gradient': { op: ofKind('sigmoid-gradient'), plain: plain.sigmoidGradient, bound: threeRoundings },
}

/** Of y·y or y, of the difference to 1 and of the product with g. */
function threeRoundings(y: NdArray, g: NdArray): F64 {
  return plain.binary((y, g) => 4 * U * Math.abs(g) * (1 + Math.abs(y)) ** 2, y, g)
}

const SIZES = [
  { rows: 1, columns: 1, scale: 1 },
  { rows: 7, columns: 9, scale: 3 },
  { rows: 8, columns: 8, scale: 30 },
  { rows: 5, columns: 13, scale: 200 },
  // More than 65,535 workgroups of 64 elements.
  { rows: 65535 * 64 + 3, columns: 1, scale: 2 },
  ...randomSizes(4, { rows: [1, 40], columns: [1, 40], scale: [1, 9] }),
]

const kinds = [...Object.keys(UNARY), ...Object.keys(BINARY)].sort()
test('every variant is tested here', () => assert.equal(elementwise.variants.map(v => v.name).sort(), kinds))

for (const [kind, { op, plain: reference, bound }] of Object.entries(UNARY))
  test(`${kind} equals plain loops`, () =>
    eachCase(import.meta.url, SIZES, async ({ rows, columns, scale }, random) => {
      const input = floats(random, scale, rows, columns)
      const graph = new Graph()
      graph.output('output', op(graph.input('input', 'f32', [new Count('rows', rows + 70), columns])))
      const { outputs } = await runGuarded(graph, { inputs: { input: input.data }, counts: { rows } })
      assertClose(outputs.output, reference(input), map(input, bound))
    }))

test('extreme arguments give the limits, never a NaN', async () => {
  const input = array(Float32Array.of(-3e38, -1e4, -100, -0, 100, 1e4, 3e38), 7)
  for (const { op, plain: reference, bound } of Object.values(UNARY)) {
    const graph = new Graph()
    graph.output('output', op(graph.input('input', 'f32', [7])))
    const { outputs } = await runGuarded(graph, { inputs: { input: input.data } })
    assertClose(outputs.output, reference(input), map(input, bound))
  }
})

/** One rounding: the exact result is a double here. */
const rounded = (expected: F64): F64 => map(expected, y => U * Math.abs(y) + 2 ** -149)

for (const [kind, { op, plain: reference, ...more }] of Object.entries(BINARY))
  test(`${kind} of equal shapes equals plain loops`, () =>
    eachCase(import.meta.url, SIZES, async ({ rows, columns, scale }, random) => {
      const [input, other] = [floats(random, scale, rows, columns), floats(random, scale, rows, columns)]
      const graph = new Graph()
      const count = new Count('rows', rows + 70)
      const operands = ['input', 'other'].map(name => graph.input(name, 'f32', [count, columns]))
      const [a, b] = operands
      if (a !== undefined && b !== undefined) graph.output('output', op(a, b))
      const run = { inputs: { input: input.data, other: other.data }, counts: { rows } }
      const { outputs } = await runGuarded(graph, run)
      const bound = 'bound' in more ? more.bound(input, other) : rounded(reference(input, other))
      assertClose(outputs.output, reference(input, other), bound)
    }))

const REPEATED = [
  { axis: 0, a: 3, b: 5, c: 7, d: 11 },
  { axis: 1, a: 3, b: 5, c: 7, d: 11 },
  { axis: 2, a: 2, b: 1, c: 64, d: 3 },
  { axis: 3, a: 2, b: 2, c: 3, d: 65 },
  ...randomSizes(4, { axis: [0, 3], a: [1, 6], b: [1, 6], c: [1, 6], d: [1, 6] }),
]

test('a bias along any axis equals plain loops', () =>
  eachCase(import.meta.url, REPEATED, async ({ axis, a, b, c, d }, random) => {
    const shape = [a, b, c, d] as const
    const bias: NdArray<Float32Array> = floats(random, 1, shape[axis] ?? 0)
    const input = floats(random, 1, ...shape)
    const graph = new Graph()
    const x = graph.input('input', 'f32', [a, b, c, d])
    graph.output('output', addBias(x, graph.parameter('bias', [shape[axis] ?? 0]), axis))
    const { outputs } = await runGuarded(graph, { inputs: { input: input.data }, weights: { bias } })
    assertClose(outputs.output, plain.add(input, bias, axis), rounded(plain.add(input, bias, axis)))
  }))

test.run()
