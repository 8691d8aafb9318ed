// Gradients of every op against finite differences of its plain loops in f64: the graph's cost is the sum of the op's output times
// random numbers. Also what is refused.

import ndarray, { type NdArray } from 'ndarray'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Random } from '../../lib/core/random.ts'
import { Count } from '../../lib/core/shape.ts'
import { differentiate } from '../../lib/graph/autodiff.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { join } from '../../lib/ops/concat.ts'
import { contrastiveCost } from '../../lib/ops/contrastive.ts'
import { convolve } from '../../lib/ops/conv2d.ts'
import { crossEntropy } from '../../lib/ops/cross-entropy.ts'
import { add, addBias, elementwise, multiply, relu, sigmoid, subtract, tanh } from '../../lib/ops/elementwise.ts'
import { embed } from '../../lib/ops/embedding-rows.ts'
import { linear } from '../../lib/ops/gemm.ts'
import { gruTapeStep } from '../../lib/ops/gru-tape.ts'
import { normalizeRows } from '../../lib/ops/l2-normalize.ts'
import { maxPool } from '../../lib/ops/max-pool.ts'
import type { Op, Tensor } from '../../lib/ops/op.ts'
import { putRows, takeRows } from '../../lib/ops/rows.ts'
import { sumSegments } from '../../lib/ops/segment-sum.ts'
import { softmax } from '../../lib/ops/softmax.ts'
import { map } from '../reference/array.ts'
import * as plain from '../reference/concat.ts'
import { contrastive } from '../reference/contrastive.ts'
import { conv2d } from '../reference/conv2d.ts'
import { crossEntropy as plainCrossEntropy } from '../reference/cross-entropy.ts'
import * as each from '../reference/elementwise.ts'
import { embeddingRows } from '../reference/embedding-rows.ts'
import { gemm } from '../reference/gemm.ts'
import { gruTape } from '../reference/gru-tape.ts'
import { l2Normalize } from '../reference/l2-normalize.ts'
import { maxPool as plainMaxPool } from '../reference/max-pool.ts'
import { segmentSum } from '../reference/segment-sum.ts'
import { floats, runGuarded } from '../support/op-case.ts'

type Arrays = Readonly<Record<string, NdArray<Float32Array>>>

interface Case {
  /** What is differentiated. */
  readonly parameters: Readonly<Record<string, readonly number[]>>
  /** Indices and counts. */
  readonly inputs?: Readonly<Record<string, Int32Array | Uint32Array>>
  readonly counts?: Readonly<Record<string, number | number[]>>
  build(graph: Graph, parameters: Record<string, Tensor<'f32', 2>>): Tensor
  /** The same in plain loops. */
  plain(parameters: Readonly<Record<string, NdArray>>): NdArray
}

/** x · r with the gradient r, whatever comes after: the end of a test's graph. */
const probe: Op<{ readonly kind: 'multiply' }> = {
  ...(elementwise as unknown as Op<{ readonly kind: 'multiply' }>),
  gradient: ({ inputs }, backward) => {
    if (inputs.input !== undefined && inputs.other !== undefined) backward.add(inputs.input, inputs.other)
  },
}

const rank2 = (graph: Graph, name: string, shape: readonly number[]) =>
  graph.parameter(name, shape as [number, number]) as Tensor<'f32', 2>

async function check({ parameters, inputs = {}, counts = {}, build, plain }: Case, seed: number): Promise<void> {
  const random = new Random(seed)
  const values: Arrays = Object.fromEntries(
    Object.entries(parameters).map(([name, shape]) => [name, floats(random, 1, ...shape)]),
  )
  const weighting = floats(random, 1, ...plain(values).shape)
  const graph = new Graph()
  const tensors = Object.fromEntries(
    Object.entries(parameters).map(([name, shape]) => [name, rank2(graph, name, shape)]),
  )
  for (const [name, data] of Object.entries(inputs))
    graph.input(name, data instanceof Int32Array ? 'i32' : 'u32', [data.length])
  const y = build(graph, tensors)
  const other = graph.input('weighting', 'f32', y.shape as readonly [number])
  const { output } = graph.node(probe, { input: y, other }, { kind: 'multiply' })
  const gradients = differentiate(graph, output === undefined ? [] : [output])
  for (const [name, gradient] of gradients) graph.output(name, gradient)
  const run = { inputs: { ...inputs, weighting: weighting.data }, counts, weights: values }
  const { outputs } = await runGuarded(graph, run)
  for (const name of Object.keys(parameters)) compare(name, outputs[name], differences(values, name, plain, weighting))
}

/** Central differences of Σ weighting · plain(values) with respect to each element of `name`. */
function differences(values: Arrays, name: string, plain: Case['plain'], weighting: NdArray): Float64Array {
  const doubles = Object.fromEntries(Object.entries(values).map(([key, array]) => [key, map(array, x => x)]))
  const wanted = doubles[name]?.data ?? new Float64Array(0)
  const weights = map(weighting, x => x).data
  const cost = () => map(plain(doubles), y => y).data.reduce((sum, y, i) => sum + y * (weights[i] ?? 0), 0)
  const step = 1e-5
  return wanted.map((x, i) => {
    wanted[i] = x + step
    const above = cost()
    wanted[i] = x - step
    const below = cost()
    wanted[i] = x
    return (above - below) / (2 * step)
  })
}

/** Differences are good to 1e-9 or so; the rest is f32, over sums of at most some hundred terms, and WGSL's tanh (1e-5). */
function compare(name: string, actual: NdArray | undefined, expected: Float64Array): void {
  const largest = expected.reduce((top, x) => Math.max(top, Math.abs(x)), 1e-3)
  for (const [i, wanted] of expected.entries()) {
    const found = Number(actual?.data[i as never])
    assert.ok(Math.abs(found - wanted) <= 1e-4 * largest, `${name}[${i}]: ${found}, expected ${wanted}`)
  }
}

const at = (parameters: Readonly<Record<string, NdArray>>, name: string): NdArray =>
  parameters[name] ?? ndarray(new Float64Array(0), [0])
const of = (parameters: Record<string, Tensor<'f32', 2>>, name: string): Tensor<'f32', 2> => {
  const tensor = parameters[name]
  if (tensor === undefined) throw new Error(`no parameter ${name}`)
  return tensor
}

// Sentences of 5, 3, 3 and 1 words.
const LENGTHS = [5, 3, 3, 1]
const ROWS = [4, 3, 3, 1, 1]
const TO = [0, 4, 7, 10, 11]
const TAPE = { words: 12, sentences: 4, steps: 5 }

function gruCase(units: number, withInitial: boolean): Case {
  const { words, sentences, steps } = TAPE
  return {
    parameters: { x: [words, 3 * units], u: [3 * units, units], h: [sentences, units] },
    counts: { steps, rows: ROWS, to: TO, from: [words, ...TO.slice(0, -1)] },
    build(graph, p) {
      const states = graph.keep('states', 'f32', [words + sentences, units])
      const gates = graph.keep('gates', 'f32', [words, 4 * units])
      // The parameter is not put in by itself: a state may be anything that is computed.
      if (withInitial) putRows(tanh(of(p, 'h')), states, words)
      else putRows(multiply(of(p, 'h'), of(p, 'h')), states, words)
      const step = { rows: new Count('rows', sentences), from: new Count('from', words), to: new Count('to', words) }
      const projections = tanh(of(p, 'x'))
      graph.repeat('gru', new Count('steps', steps), () =>
        gruTapeStep(projections, of(p, 'u'), { states, gates }, step),
      )
      return takeRows(states, { first: 0, count: words })
    },
    plain(p) {
      const initial = withInitial ? each.tanh(at(p, 'h')) : each.multiply(at(p, 'h'), at(p, 'h'))
      return gruTape(LENGTHS, each.tanh(at(p, 'x')), at(p, 'u'), initial)
    },
  }
}

const AB = { a: [5, 7], b: [5, 7] }
const IDS = Int32Array.of(3, 0, 3, -1, 8, 3)
const STARTS = Uint32Array.of(0, 2, 2, 5, 6)

const CASES: Readonly<Record<string, Case>> = {
  relu: { parameters: { a: [5, 7] }, build: (_, p) => relu(of(p, 'a')), plain: p => each.relu(at(p, 'a')) },
  tanh: { parameters: { a: [5, 7] }, build: (_, p) => tanh(of(p, 'a')), plain: p => each.tanh(at(p, 'a')) },
  sigmoid: { parameters: { a: [5, 7] }, build: (_, p) => sigmoid(of(p, 'a')), plain: p => each.sigmoid(at(p, 'a')) },
  add: { parameters: AB, build: (_, p) => add(of(p, 'a'), of(p, 'b')), plain: p => each.add(at(p, 'a'), at(p, 'b')) },
  subtract: {
    parameters: AB,
    build: (_, p) => subtract(of(p, 'a'), of(p, 'b')),
    plain: p => each.subtract(at(p, 'a'), at(p, 'b')),
  },
  multiply: {
    parameters: AB,
    build: (_, p) => multiply(of(p, 'a'), of(p, 'b')),
    plain: p => each.multiply(at(p, 'a'), at(p, 'b')),
  },
  'a tensor used three times': {
    parameters: { a: [4, 3] },
    build: (_, p) => add(multiply(of(p, 'a'), of(p, 'a')), tanh(of(p, 'a'))),
    plain: p => each.add(each.multiply(at(p, 'a'), at(p, 'a')), each.tanh(at(p, 'a'))),
  },
  'bias and linear layer': {
    parameters: { x: [6, 9], w: [11, 9], b: [11] },
    build: (_, p) => tanh(addBias(linear(of(p, 'x'), of(p, 'w')), of(p, 'b') as unknown as Tensor<'f32', 1>)),
    plain: p => each.tanh(gemm(at(p, 'x'), at(p, 'w'), at(p, 'b'))),
  },
  'l2-normalize': {
    parameters: { a: [5, 70] },
    build: (_, p) => normalizeRows(of(p, 'a')),
    plain: p => l2Normalize(at(p, 'a')),
  },
  concat: {
    parameters: { a: [5, 3], b: [5, 4] },
    build: (_, p) => tanh(join(of(p, 'a'), of(p, 'b'))),
    plain: p => each.tanh(plain.concat(at(p, 'a'), at(p, 'b'))),
  },
  'embedding-rows': {
    parameters: { a: [9, 5] },
    inputs: { ids: IDS },
    build: (graph, p) => tanh(embed(graph.inputs.get('ids') as Tensor<'i32', 1>, of(p, 'a'))),
    plain: p => each.tanh(embeddingRows(ndarray(IDS), at(p, 'a'))),
  },
  'segment-sum': {
    parameters: { a: [6, 5] },
    inputs: { starts: STARTS },
    build: (graph, p) => tanh(sumSegments(of(p, 'a'), graph.inputs.get('starts') as Tensor<'u32', 1>, 4)),
    plain: p => each.tanh(segmentSum(at(p, 'a'), ndarray(STARTS))),
  },
  'conv2d with bias': {
    parameters: { x: [2, 3, 5, 4], w: [4, 3, 3, 3], b: [4] },
    build: (_, p) =>
      addBias(
        convolve(of(p, 'x') as unknown as Tensor<'f32', 4>, of(p, 'w') as unknown as Tensor<'f32', 4>),
        of(p, 'b') as unknown as Tensor<'f32', 1>,
      ),
    plain: p => conv2d(at(p, 'x'), at(p, 'w'), at(p, 'b')),
  },
  'max-pool, odd edges': {
    parameters: { x: [2, 3, 5, 7] },
    build: (_, p) => maxPool(of(p, 'x') as unknown as Tensor<'f32', 4>),
    plain: p => plainMaxPool(at(p, 'x')),
  },
  'a linear layer on pictures': {
    parameters: { x: [2, 3, 4, 5], w: [6, 60] },
    build: (_, p) => linear(relu(of(p, 'x') as unknown as Tensor<'f32', 4>), of(p, 'w')),
    plain: p => {
      const rows = each.relu(at(p, 'x'))
      return gemm(ndarray(rows.data, [2, 60]), at(p, 'w'))
    },
  },
  'gru-tape, 5 units': gruCase(5, true),
  'gru-tape, 16 units': gruCase(16, false),
}

for (const [seed, [name, given]] of Object.entries(CASES).entries())
  test(`${name}: equals finite differences`, () => check(given, seed))

/** Costs make their gradients themselves; here that these are those of the costs. */
test('cross-entropy and the contrastive cost: equal finite differences', async () => {
  const random = new Random(77)
  const targets = Int32Array.of(0, 4, 2, 2)
  const [logits, scores] = [floats(random, 2, 4, 5), floats(random, 1, 5, 5)]
  const graph = new Graph()
  const losses = [
    crossEntropy(rank2(graph, 'logits', [4, 5]), graph.input('targets', 'i32', [4])),
    contrastiveCost(rank2(graph, 'scores', [5, 5]), 0.2),
  ]
  for (const [name, gradient] of differentiate(graph, losses)) graph.output(name, gradient)
  const { outputs } = await runGuarded(graph, { inputs: { targets }, weights: { logits, scores } })
  const ones = ndarray(new Float64Array(9).fill(1), [4])
  const entropy = differences(
    { logits },
    'logits',
    p => plainCrossEntropy(at(p, 'logits'), ndarray(targets)).cost,
    ones,
  )
  compare('logits', outputs.logits, entropy)
  const five = ndarray(new Float64Array(5).fill(1), [5])
  compare(
    'scores',
    outputs.scores,
    differences({ scores }, 'scores', p => contrastive(at(p, 'scores'), 0.2).cost, five),
  )
})

test('an op without a gradient is refused by its name', () => {
  const graph = new Graph()
  const chances = softmax(rank2(graph, 'a', [3, 4]))
  const loss = crossEntropy(chances, graph.input('targets', 'i32', [3]))
  assert.throws(() => differentiate(graph, [loss]), /softmax has no gradient/)
})

test('a loop that carries a state is refused', () => {
  const graph = new Graph()
  const kept = graph.keep('kept', 'f32', [3, 4])
  graph.repeat('loop', new Count('steps', 2), loop => {
    const state = loop.carry<2>('state', [3, 4])
    const next = multiply(add(state, rank2(graph, 'a', [3, 4])), state)
    putRows(next, kept, 0)
    loop.next(state, next)
  })
  const loss = crossEntropy(takeRows(kept, { first: 0, count: 3 }), graph.input('targets', 'i32', [3]))
  assert.throws(() => differentiate(graph, [loss]), /loop loop carries states/)
})

test('what the cost does not depend on gets no gradient', () => {
  const graph = new Graph()
  const [a, b] = [rank2(graph, 'a', [3, 4]), rank2(graph, 'b', [3, 4])]
  const loss = crossEntropy(tanh(a), graph.input('targets', 'i32', [3]))
  graph.output('unused', multiply(b, a))
  assert.equal([...differentiate(graph, [loss]).keys()], ['a'])
})

test.run()
