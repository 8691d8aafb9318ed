// Fusion: what is taken into its producer's kernel, and what must stay on its own. No device: only the fused nodes are looked at.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Count } from '../../lib/core/shape.ts'
import { fuse } from '../../lib/graph/fuse.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { collect } from '../../lib/ops/collect-rows.ts'
import { convolve } from '../../lib/ops/conv2d.ts'
import { add, addBias, multiply, relu, sigmoid, tanh } from '../../lib/ops/elementwise.ts'
import { linear } from '../../lib/ops/gemm.ts'
import { normalizeRows } from '../../lib/ops/l2-normalize.ts'
import { maxPool } from '../../lib/ops/max-pool.ts'
import type { Node, Tensor } from '../../lib/ops/op.ts'

type Matrix = Tensor<'f32', 2>
type Picture = Tensor<'f32', 4>

const labels = (graph: Graph): string[] =>
  fuse(graph).flatMap(item => (item.kind === 'node' ? [item.node.label] : item.loop.body.map(node => node.label)))

/** Labels of the nodes that are left of a 4 → 4 product and what `build` makes of it. */
function left(build: (y: Matrix, bias: Tensor<'f32', 1>, graph: Graph) => Tensor): string[] {
  const graph = new Graph()
  const y = linear(graph.input('x', 'f32', [3, 4]), graph.parameter('W', [4, 4]))
  graph.output('result', build(y, graph.parameter('b', [4]), graph))
  return labels(graph)
}

test('a product takes its bias, then an activation, then no more', () => {
  assert.equal(
    left((y, b) => addBias(y, b)),
    ['gemm+add'],
  )
  assert.equal(left(relu), ['gemm+relu'])
  assert.equal(
    left((y, b) => tanh(addBias(y, b))),
    ['gemm+add+tanh'],
  )
  assert.equal(
    left((y, b) => relu(tanh(addBias(y, b)))),
    ['gemm+add+tanh', 'relu'],
  )
  assert.equal(
    left((y, b) => addBias(relu(y), b)),
    ['gemm+relu', 'add'],
    'a bias after the activation is another sum',
  )
  assert.equal(
    left((y, b) => addBias(addBias(y, b), b)),
    ['gemm+add', 'add.2'],
  )
})

test('a product takes the normalisation of its rows, but not after an activation', () => {
  assert.equal(
    left((y, b) => normalizeRows(addBias(y, b))),
    ['gemm+add+l2-normalize'],
  )
  assert.equal(
    left(y => normalizeRows(relu(y))),
    ['gemm+relu', 'l2-normalize'],
  )
  assert.equal(
    left((y, b) => addBias(normalizeRows(y), b)),
    ['gemm+l2-normalize', 'add'],
  )
})

test('what no kernel offers stays', () => {
  assert.equal(left(sigmoid), ['gemm', 'sigmoid'])
  assert.equal(
    left((y, b) => addBias(y, b, 1)),
    ['gemm+add'],
  )
  assert.equal(
    left((y, _, graph) => addBias(y, graph.parameter('of rows', [3]), 0)),
    ['gemm', 'add'],
  )
  assert.equal(
    left((y, _, graph) => multiply(y, graph.input('z', 'f32', [3, 4]))),
    ['gemm', 'multiply'],
  )
  assert.equal(
    left((y, _, graph) => add(y, graph.input('z', 'f32', [3, 4]))),
    ['gemm', 'add'],
  )
})

test('a value that somebody else reads is kept', () => {
  assert.equal(
    left((y, b) => add(relu(y), addBias(y, b))),
    ['gemm', 'relu', 'add', 'add.2'],
  )
  assert.equal(
    left(y => add(y, y)),
    ['gemm', 'add'],
  )
  const before = left((y, b, graph) => {
    graph.output('before', y)
    return addBias(y, b)
  })
  assert.equal(before, ['gemm', 'add'])
})

test('a bias that the plan computes is not ready where the product stands', () => {
  const graph = new Graph()
  const y = linear(graph.input('x', 'f32', [3, 4]), graph.parameter('W', [4, 4]))
  graph.output('result', addBias(y, relu(graph.input('b', 'f32', [4]))))
  assert.equal(labels(graph), ['gemm', 'relu', 'add'])
})

test('a bias that comes with the run is', () => {
  const graph = new Graph()
  const y = linear(graph.input('x', 'f32', [3, 4]), graph.parameter('W', [4, 4]))
  graph.output('result', addBias(y, graph.input('b', 'f32', [4])))
  assert.equal(labels(graph), ['gemm+add'])
})

test('the merged node writes what the consumer wrote', () => {
  const graph = new Graph()
  const y = linear(graph.input('x', 'f32', [3, 4]), graph.parameter('W', [4, 4]))
  const result = tanh(y)
  graph.output('result', result)
  const [item] = fuse(graph)
  const node = item?.kind === 'node' ? item.node : undefined
  assert.is(node?.outputs.output, result)
  assert.is(graph.items.length, 2, 'the recorded graph stays as it was')
})

/** The same for a convolution. */
function conv(build: (y: Picture, bias: Tensor<'f32', 1>) => Tensor): string[] {
  const graph = new Graph()
  const y = convolve(graph.input('x', 'f32', [1, 2, 4, 4]), graph.parameter('W', [3, 2, 3, 3]))
  graph.output('result', build(y, graph.parameter('b', [3])))
  return labels(graph)
}

test('a convolution takes bias, ReLU and maximum, and nothing after the maximum', () => {
  assert.equal(
    conv((y, b) => maxPool(relu(addBias(y, b)))),
    ['conv2d+add+relu+max-pool'],
  )
  assert.equal(
    conv(y => maxPool(y)),
    ['conv2d+max-pool'],
  )
  assert.equal(
    conv(y => relu(maxPool(y))),
    ['conv2d+max-pool', 'relu'],
  )
  assert.equal(
    conv(y => maxPool(maxPool(y))),
    ['conv2d+max-pool', 'max-pool.2'],
  )
  assert.equal(
    conv(y => tanh(y)),
    ['conv2d', 'tanh'],
  )
})

function loopOf(body: (state: Matrix, weight: Matrix, bias: Tensor<'f32', 1>, graph: Graph) => Matrix): string[] {
  const graph = new Graph()
  graph.repeat('loop', new Count('steps', 5), loop => {
    const state = loop.carry<2>('state', [3, 4])
    loop.next(state, body(state, graph.parameter('W', [4, 4]), graph.parameter('b', [4]), graph))
  })
  return labels(graph)
}

test('a loop’s body is fused like any other run of nodes', () => {
  assert.equal(
    loopOf((h, W, b) => tanh(addBias(linear(h, W), b))),
    ['gemm+add+tanh'],
  )
})

test('what becomes the next state is kept', () => {
  const nodes = loopOf((h, W, b, graph) => {
    const next = linear(h, W)
    collect(relu(addBias(next, b)), graph.keep('kept', 'f32', [3, 4]), { first: 0, count: 3 })
    return next
  })
  assert.equal(nodes, ['gemm', 'add', 'relu', 'collect-rows'])
})

test('nothing is fused into a loop from before it', () => {
  const graph = new Graph()
  const before = linear(graph.input('x', 'f32', [3, 4]), graph.parameter('W', [4, 4]))
  graph.repeat('loop', new Count('steps', 5), loop => {
    const state = loop.carry<2>('state', [3, 4])
    loop.next(state, add(state, relu(before)))
  })
  assert.equal(labels(graph), ['gemm', 'relu', 'add'])
})

test('order is kept: a node stands behind all that it reads', () => {
  const graph = new Graph()
  const x = graph.input('x', 'f32', [3, 4])
  const a = linear(x, graph.parameter('W', [4, 4]))
  const b = linear(x, graph.parameter('V', [4, 4]))
  graph.output('result', add(relu(b), tanh(a)))
  const nodes: Node[] = fuse(graph).flatMap(item => (item.kind === 'node' ? [item.node] : []))
  assert.equal(
    nodes.map(n => n.label),
    ['gemm+tanh', 'gemm.2+relu', 'add'],
  )
})

test.run()
