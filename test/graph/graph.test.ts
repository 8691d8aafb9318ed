// The typed builder: what the compiler refuses (type tests, checked by `tsc --noEmit`), and what is refused when a graph is built.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError, ShapeError } from '../../lib/core/errors.ts'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { collect } from '../../lib/ops/collect-rows.ts'
import { join } from '../../lib/ops/concat.ts'
import { conv2d, convolve } from '../../lib/ops/conv2d.ts'
import { add, addBias, elementwise, relu } from '../../lib/ops/elementwise.ts'
import { embed } from '../../lib/ops/embedding-rows.ts'
import { linear } from '../../lib/ops/gemm.ts'
import { gruStep } from '../../lib/ops/gru-cell.ts'
import { normalizeRows } from '../../lib/ops/l2-normalize.ts'
import { maxPool } from '../../lib/ops/max-pool.ts'
import { mean } from '../../lib/ops/mean-rows.ts'
import type { Tensor } from '../../lib/ops/op.ts'
import { sumSegments } from '../../lib/ops/segment-sum.ts'
import { softmax } from '../../lib/ops/softmax.ts'
import { largestOf } from '../../lib/ops/top-k.ts'

const graph = new Graph()
const matrix = graph.input('matrix', 'f32', [3, 4])
const vector = graph.input('vector', 'f32', [4])
const picture = graph.input('picture', 'f32', [1, 2, 5, 5])
const ids = graph.input('ids', 'i32', [3])
const starts = graph.input('starts', 'u32', [3])

/** Never called: only its types count. Each marked line must be an error, or the check of types fails. */
export function refusedByTheCompiler(): void {
  // @ts-expect-error a product takes matrices, not a vector
  linear(vector, matrix)
  // @ts-expect-error a weight is a matrix
  linear(matrix, vector)
  // @ts-expect-error integers are no factors
  linear(ids, matrix)
  // @ts-expect-error both have the same rank
  add(matrix, vector)
  // @ts-expect-error a bias is a vector
  addBias(matrix, matrix)
  // @ts-expect-error pictures have four axes
  maxPool(matrix)
  // @ts-expect-error and so have the weights of a convolution
  convolve(picture, matrix)
  // @ts-expect-error ids are signed: -1 is no word
  embed(starts, matrix)
  // @ts-expect-error starts are unsigned
  sumSegments(matrix, ids, 2)
  // @ts-expect-error softmax is over the rows of a matrix
  softmax(vector)
  // @ts-expect-error there is no such element type
  graph.input('x', 'f64', [1])
  // @ts-expect-error five axes are too many
  const five: Tensor<'f32', 4> = graph.input('x', 'f32', [1, 1, 1, 1, 1])
  // @ts-expect-error weights have fixed sizes
  graph.parameter('w', [new Count('rows', 3), 4])
  // @ts-expect-error what a kept tensor starts with has its element type
  graph.keep('k', 'u32', [1], new Float32Array(1))
  // @ts-expect-error the result of a product is a matrix
  const product: Tensor<'f32', 4> = linear(matrix, matrix)
  // @ts-expect-error indices are integers
  const best: Tensor<'f32', 2> = largestOf(matrix, 1).indices
  // @ts-expect-error relu keeps the rank
  const rectified: Tensor<'f32', 4> = relu(matrix)
  assert.ok([five, product, best, rectified])
}

const rows = new Count('rows', 3)

// What is written and what the message must say: the op, the sizes, and what was expected.
const REFUSED: Readonly<Record<string, readonly [() => unknown, RegExp]>> = {
  'a product of rows of other lengths': [
    () => linear(matrix, graph.parameter('w5', [2, 5])),
    /gemm: input \(matrix\) is \[3, 4\], weight \(w5\) is \[2, 5\]; each row of the input must be as long/,
  ],
  'a bias of another length': [
    () => addBias(matrix, graph.parameter('b5', [5])),
    /add: b5 is \[5\], but axis 1 of matrix is \[3, 4\]/,
  ],
  'a sum of other shapes': [() => add(matrix, graph.input('m34', 'f32', [4, 3])), /they must be equal/],
  'a count in place of a size': [
    () => add(matrix, graph.input('varying', 'f32', [rows, 4])),
    /\[rows≤3, 4\]; they must be equal/,
  ],
  'another count of the same size': [
    () => add(graph.input('a', 'f32', [rows, 4]), graph.input('b', 'f32', [new Count('rows', 3), 4])),
    /they must be equal/,
  ],
  'a product along a count': [
    () => linear(graph.input('wide', 'f32', [3, rows]), graph.parameter('w3', [3, 3])),
    /axis 1 must be a fixed size/,
  ],
  'a convolution of other channels': [
    () => convolve(picture, graph.parameter('c', [4, 3, 3, 3])),
    /conv2d: weight \(c\) is f32\[4, 3, 3, 3\], expected f32\[\?, 2, 3, 3\]/,
  ],
  'a convolution with another kernel': [() => convolve(picture, graph.parameter('c5', [4, 2, 5, 5])), /expected f32/],
  'a convolution too small to pool': [
    () =>
      graph.node(
        conv2d,
        { input: graph.input('dot', 'f32', [1, 2, 1, 1]), weight: graph.parameter('c1', [4, 2, 3, 3]) },
        { activation: 'none', pool: true },
      ),
    /too small to pool/,
  ],
  'a maximum of one row': [() => maxPool(graph.input('line', 'f32', [1, 1, 1, 8])), /no positive integer/],
  'an odd number of gates': [
    () => gruStep(matrix, graph.input('p', 'f32', [3, 11]), graph.parameter('U', [12, 4]), { rows: 3, offset: 0 }),
    /gru-cell: input \(p\) is f32\[3, 11\], expected f32\[\?, 12\]/,
  ],
  'matrices of other heights side by side': [
    () => join(matrix, graph.input('tall', 'f32', [4, 4])),
    /concat: other \(tall\) is f32\[4, 4\], expected f32\[3, \?\]/,
  ],
  'rows kept in another shape': [
    () => collect(matrix, graph.keep('k', 'f32', [3, 5]), { first: 0, count: 1 }),
    /collect-rows: kept \(k\) is f32\[3, 5\], expected f32\[3, 4\]/,
  ],
  'more of the largest than there are': [() => largestOf(matrix, 5), /k is 5; it must be from 1 to 4/],
  'an axis of size 0': [() => graph.input('nothing', 'f32', [3, 0]), /has a size that is no positive integer/],
  'half a row': [() => graph.parameter('half', [2.5, 1]), /has a size that is no positive integer/],
  'a weight in two shapes': [() => graph.parameter('w5', [5, 2]), /parameter w5 is \[2, 5\] and \[5, 2\]/],
  'a start of another length': [() => graph.keep('s', 'f32', [2, 2], new Float32Array(3)), /starts with 3 values/],
  'a count of nothing': [() => new Count('rows', 0), /count rows: the maximum is 0/],
}

for (const [what, [build, message]] of Object.entries(REFUSED))
  test(`${what}: refused with the sizes in words`, () =>
    assert.throws(build, (e: unknown) => {
      assert.instance(e, ShapeError)
      assert.match(String(e), message)
      return true
    }))

const MISUSED: Readonly<Record<string, readonly [() => unknown, RegExp]>> = {
  'an input named twice': [() => graph.input('matrix', 'f32', [1]), /already an input matrix/],
  'an output named twice': [
    () => {
      graph.output('twice', matrix)
      graph.output('twice', matrix)
    },
    /already an output twice/,
  ],
  'an operand of another graph': [
    () => add(matrix, new Graph().input('stranger', 'f32', [3, 4])),
    /add: other \(stranger\) belongs to another graph/,
  ],
  'a first state of other columns than the loop carries': [
    () => startingAs([2, 4]),
    /state is \[3, 8\], but starts as first \[2, 4\]/,
  ],
  'a first state of more rows than the loop carries': [
    () => startingAs([4, 8]),
    /state is \[3, 8\], but starts as first \[4, 8\]/,
  ],
  'an output of another graph': [
    () => new Graph().output('stranger', matrix),
    /output stranger \(matrix\) belongs to another graph/,
  ],
}

function startingAs(shape: readonly [number, number]): void {
  const fresh = new Graph()
  const first = fresh.input('first', 'f32', shape)
  fresh.repeat('loop', new Count('steps', 2), loop => {
    const state = loop.carry<2>('state', [3, 8], first)
    loop.next(state, relu(state))
  })
}

for (const [what, [build, message]] of Object.entries(MISUSED))
  test(`${what}: refused`, () =>
    assert.throws(build, (e: unknown) => {
      assert.instance(e, InputError)
      assert.match(String(e), message)
      return true
    }))

test('an operand that is missing is named', () => {
  assert.throws(() => graph.node(elementwise, {}, { kind: 'relu' }), /relu: no input/)
  assert.throws(() => graph.node(conv2d, { input: picture }, { activation: 'none', pool: false }), /weight is missing/)
})

test('shapes come out as they should', () => {
  const x = graph.input('batch', 'f32', [rows, 8])
  assert.equal(linear(x, graph.parameter('w8', [5, 8])).shape, [rows, 5])
  assert.equal(linear(picture, graph.parameter('w50', [7, 50])).shape, [1, 7])
  assert.equal(normalizeRows(x).shape, [rows, 8])
  assert.equal(mean(x).shape, [1, 8])
  assert.equal(join(x, x).shape, [rows, 16])
  assert.equal(embed(ids, matrix).shape, [3, 4])
  assert.equal(maxPool(picture).shape, [1, 2, 2, 2])
  assert.equal(convolve(picture, graph.parameter('c6', [6, 2, 3, 3])).shape, [1, 6, 5, 5])
  assert.equal(sumSegments(x, starts, 2).shape, [2, 8])
  assert.equal(largestOf(x, 3).values.shape, [rows, 3])
  assert.is(graph.parameter('w8', [5, 8]), graph.parameter('w8', [5, 8]), 'one name is one weight')
})

test.run()
